/**
 * The open sessions of this process, one for each learner and lesson.
 */
import { error } from '@sveltejs/kit';
import { join } from 'node:path';
import type { Lesson } from '$lib/lesson/lesson';
import { findLesson } from '../course';
import { database } from '../database';
import { isDiskFull } from '../db/client';
import { chooseHost } from '../jupyter/choose';
import type { KernelHost } from '../jupyter/port';
import { openJournal } from '../journal';
import { logError } from '../log';
import { DATA, dataFolder, ROOT, WORK, workFolder } from '../paths';
import { beginsWith, findWork, newWork, noteOpened, workWithKernel } from '../work';
import type { Admission } from './admission';
import { Session } from './session';
import { createAdmission } from './starts';
import { forgetSuspects, openSuspects, type Suspects } from './suspects';
import { openTexts } from './texts';

interface Open {
	readonly host: KernelHost;
	readonly admission: Admission;
	readonly sessions: Map<string, Promise<Session>>;
	/** Only after an end that was none in order. */
	suspects?: Suspects | null;
}

// Kept on `globalThis` so that a module reloaded during development does not make a second session.
const shared = ((globalThis as { tuningFork?: Open }).tuningFork ??= {
	host: chooseHost({ root: ROOT, data: DATA, work: WORK }),
	admission: createAdmission(),
	sessions: new Map()
});
const { host, admission, sessions: open } = shared;

/** The session behind a page, with the lesson's present text. Its kernel is started when the page watches. */
export async function showSession(learner: string, lesson: Lesson): Promise<Session> {
	const session = await sessionOf(learner, lesson.slug);
	const work = findWork(learner, lesson.slug);
	if (work) noteOpened(work);
	session.show(lesson);
	return session;
}

/** The session behind an API call. @throws 404 for a lesson that does not exist or cannot be read */
export async function sessionFor(learner: string, slug: string): Promise<Session> {
	const result = findLesson(slug);
	if (!result?.ok) error(404, 'There is no such lesson.');
	return (await findSession(learner, slug)) ?? showSession(learner, result.lesson);
}

/** The session as it is, if the learner has ever opened the lesson. */
export async function findSession(learner: string, lesson: string): Promise<Session | null> {
	return findWork(learner, lesson) ? sessionOf(learner, lesson) : null;
}

export interface OpenWork {
	readonly learner: string;
	readonly lesson: string;
	readonly session: Session;
}

/** Every session that is open now. One that is just being opened is waited for. */
export async function openWork(): Promise<readonly OpenWork[]> {
	const opened = await Promise.allSettled(
		[...open].map(async ([key, opening]) => {
			const cut = key.lastIndexOf(' ');
			return { learner: key.slice(0, cut), lesson: key.slice(cut + 1), session: await opening };
		})
	);
	return opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

/** After a restart of the web process: attach to every kernel that was left running. */
export async function resumeSessions(): Promise<void> {
	const works = workWithKernel();
	shared.suspects ??= openSuspects(dataFolder('run'));
	await endOthers(works.flatMap(({ kernel }) => kernel ?? []));
	const opened = await Promise.allSettled(
		works.map((work) => sessionOf(work.learner, work.lesson))
	);
	// One that cannot be opened says so on its own page. The others go on.
	for (const one of opened) if (one.status === 'rejected') console.error(one.reason);
}

/** What cannot be ended now holds memory, and nothing else: the lessons can be opened all the same. */
async function endOthers(known: readonly string[]): Promise<void> {
	try {
		await host.endOthers(known);
	} catch (reason) {
		console.error(reason);
	}
}

/**
 * Starts the kernel host, so that the first learner does not wait for it. When it cannot be started,
 * the first lesson says so: the next start tries again.
 */
export async function prepareHost(): Promise<void> {
	try {
		await host.prepare();
	} catch (reason) {
		console.error(reason);
	}
}

/** Saves and lets go; kernels go on. */
export async function closeSessions(): Promise<void> {
	const sessions = await Promise.allSettled(open.values());
	const closing = sessions.flatMap((one) =>
		one.status === 'fulfilled' ? [one.value.close()] : []
	);
	for (const one of await Promise.allSettled(closing))
		if (one.status === 'rejected') console.error(one.reason);
	open.clear();
	forgetSuspects(dataFolder('run'));
}

function sessionOf(learner: string, lesson: string): Promise<Session> {
	const key = `${learner} ${lesson}`;
	const known = open.get(key);
	if (known) return known;
	const opening = makeSession(learner, lesson);
	open.set(key, opening);
	opening.catch(() => open.delete(key));
	return opening;
}

async function makeSession(learner: string, lesson: string): Promise<Session> {
	const known = findWork(learner, lesson);
	const work = known ?? newWork(learner, lesson);
	const journal = openJournal(database(), work.id, lesson);
	const session = new Session({
		journal: known ? journal : beginsWith(work, journal),
		texts: openTexts(join(DATA, 'texts', work.id)),
		host,
		admission,
		suspects: shared.suspects ?? undefined,
		learner,
		cwd: folderFor(learner, lesson)
	});
	await session.resume();
	return session;
}

/** On a full disk the lesson can be read; that its Python finds no folder is told when it starts. */
function folderFor(learner: string, lesson: string): string {
	try {
		return workFolder(learner, lesson);
	} catch (reason) {
		if (!isDiskFull(reason)) throw reason;
		logError(reason);
		return join(WORK, learner, lesson);
	}
}
