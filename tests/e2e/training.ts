/** A training in the first cell of a lesson, long enough to do something else meanwhile. */
import { expect, type Page } from '@playwright/test';
import type { MetricRow } from '../../src/lib/notebook/metric';
import { cell, finished, notebookOf, run } from './lesson';

const TRAINING = `from tuningfork import *
data = load_data("opinions", n=1200, seed=3)
train_data, val_data, test_data = split(data, (0.8, 0.1, 0.1), seed=0)
model, tokenizer = load_model("distilbert", task="classification", labels=data.labels)
print("begin")
run = train(model, train_data, val_data, TrainConfig(max_steps=STEPS, learning_rate=1e-3, eval_steps=EVERY, seed=0))
`;

export function trainingCode(steps: number, evalEvery = 100): string {
	return TRAINING.replace('STEPS', String(steps)).replace('EVERY', String(evalEvery));
}

/** The number of steps that takes about so many seconds here, from a short run in cell 1. */
export async function stepsFor(seconds: number, page: Page, lesson: string): Promise<number> {
	await run(page, cell(page, 1), trainingCode(60, 1000));
	await finished(page, 1, 120_000);
	const times = (await rowsOf(page, lesson)).flatMap((row) =>
		typeof row['seconds'] === 'number' ? [row['seconds']] : []
	);
	const perStep = ((times.at(-1) ?? 1) - (times[9] ?? 0)) / 50;
	return Math.min(4000, Math.max(300, Math.round(seconds / perStep / 100) * 100));
}

/** The rows of the one chart there is, as the server has them. */
export async function rowsOf(page: Page, lesson: string): Promise<readonly MetricRow[]> {
	return Object.values((await notebookOf(page, lesson)).charts)[0] ?? [];
}

/** All of a row but the times: they differ from run to run. */
export function withoutTimes(row: MetricRow): MetricRow {
	return Object.fromEntries(Object.entries(row).filter(([name]) => !/second/.test(name)));
}

/** The run asked for has begun, and more than `rows` rows of it have come. */
export async function trains(page: Page, lesson: string, rows = 20): Promise<void> {
	const cell1 = page.getByRole('region', { name: /^Code cell 1, running/ });
	await expect(cell1).toBeVisible({ timeout: 30_000 });
	await expect(async () => {
		expect((await rowsOf(page, lesson)).length).toBeGreaterThan(rows);
	}).toPass({ timeout: 60_000 });
}
