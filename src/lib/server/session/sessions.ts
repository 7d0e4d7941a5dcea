/**
 * The open sessions of this process, one for each learner and lesson.
 */
import { error } from '@sveltejs/kit';
import type { Lesson } from '$lib/lesson/lesson';
import { findLesson } from '../course';
import { database } from '../database';
import { hostPlace } from '../jupyter/place';
import type { KernelHost } from '../jupyter/port';
import { createKernelHost } from '../jupyter/real';
import { openJournal } from '../journal';
import { DATA, dataFolder, ROOT } from '../paths';
import { beginWork, findWork, noteOpened, workWithKernel } from '../work';
import { Session } from './session';
import { openTexts } from './texts';

interface Open {
	readonly host: KernelHost;
	readonly sessions: Map<string, Promise<Session>>;
}

// Kept on `globalThis` so that a module reloaded during development does not make a second session.
const { host, sessions: open } = ((globalThis as { tuningFork?: Open }).tuningFork ??= {
	host: createKernelHost(hostPlace({ root: ROOT, data: DATA })),
	sessions: new Map()
});

/** The session, with the lesson's present text and its kernel on the way. */
export async function openSession(learner: string, lesson: Lesson): Promise<Session> {
	const session = await sessionOf(learner, lesson.slug);
	const work = findWork(learner, lesson.slug);
	if (work) noteOpened(work);
	session.open(lesson);
	return session;
}

/** The session behind an API call. @throws 404 for a lesson that does not exist or cannot be read */
export async function sessionFor(learner: string, slug: string): Promise<Session> {
	const result = findLesson(slug);
	if (!result?.ok) error(404, 'There is no such lesson.');
	return (await findSession(learner, slug)) ?? openSession(learner, result.lesson);
}

/** The session as it is, if the learner has ever opened the lesson. */
export async function findSession(learner: string, lesson: string): Promise<Session | null> {
	return findWork(learner, lesson) ? sessionOf(learner, lesson) : null;
}

/** After a restart of the web process: attach to every kernel that was left running. */
export async function resumeSessions(): Promise<void> {
	await Promise.all(workWithKernel().map((work) => sessionOf(work.learner, work.lesson)));
}

/** Saves and lets go; kernels go on. */
export async function closeSessions(): Promise<void> {
	const sessions = await Promise.all(open.values());
	for (const session of sessions) session.close();
	open.clear();
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
	const { id } = findWork(learner, lesson) ?? beginWork(learner, lesson);
	const session = new Session({
		journal: openJournal(database(), id, lesson),
		texts: openTexts(dataFolder('texts', id)),
		host,
		cwd: dataFolder('work', learner, lesson)
	});
	await session.resume();
	return session;
}
