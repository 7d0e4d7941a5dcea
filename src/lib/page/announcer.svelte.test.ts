import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Announcer, GAP } from './announcer.svelte';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const calm = (text: string) => ({ urgent: false, text });

test('calm news is spaced out and gathered', () => {
	const announcer = new Announcer();
	announcer.say(calm('one'));
	expect(announcer.polite).toBe('one');
	for (const text of ['two', 'three', 'four', 'five']) announcer.say(calm(text));
	expect(announcer.polite).toBe('one');
	vi.advanceTimersByTime(GAP);
	expect(announcer.polite).toBe('three four five');
});

test('urgent news does not wait', () => {
	const announcer = new Announcer();
	announcer.say(calm('one'));
	announcer.say({ urgent: true, text: 'now' });
	expect(announcer.assertive).toBe('now');
});
