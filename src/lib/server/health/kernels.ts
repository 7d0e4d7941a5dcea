/**
 * One line for each kernel: what the host measured, joined with whose it is and what it does, which
 * only the sessions know. Pure.
 *
 * A session without a kernel that is wanted (it waits, it starts, it died a while ago) has a line as
 * well, and so has a kernel that no session uses.
 */
import { isTraining, trainingOf } from '$lib/notebook/training';
import { CHART_MIME } from '$lib/notebook/output';
import type { Cell } from '$lib/notebook/cell';
import { chartRows, runningCell, type Notebook } from '$lib/notebook/notebook';
import type {
	KernelCondition,
	KernelHealth,
	Start,
	TrainingFacts,
	Use
} from '$lib/protocol/health';
import type { KernelReport, ProcessReport } from '../jupyter/health';

/** A dead kernel keeps its line so long, milliseconds: afterwards it is no news. */
const DEATH_SHOWN = 60 * 60 * 1000;

/** Somebody's work on a lesson, as it is now. */
export interface WorkNow {
	/** `null`: there is one learner only. */
	readonly learner: string | null;
	readonly title: string;
	/** The kernel's id; `null`: it has none. */
	readonly kernel: string | null;
	readonly notebook: Notebook;
}

export type Measure = (name: string, report: ProcessReport) => Use;

export function kernelLines(
	works: readonly WorkNow[],
	reports: readonly KernelReport[],
	measure: Measure,
	now: number
): readonly KernelHealth[] {
	const byId = new Map(reports.map((report) => [report.id, report]));
	const used = works.flatMap((work) => {
		const report = byId.get(work.kernel ?? '') ?? null;
		if (work.kernel) byId.delete(work.kernel);
		return report || isWanted(work.notebook, now) ? [lineOf(work, report, measure)] : [];
	});
	const others = [...byId.values()].map((report) => lineOf(null, report, measure));
	return [...used, ...others];
}

function isWanted({ kernel }: Notebook, now: number): boolean {
	if (kernel.phase === 'dead') return now - kernel.since < DEATH_SHOWN;
	return kernel.phase === 'starting';
}

function lineOf(work: WorkNow | null, report: KernelReport | null, measure: Measure): KernelHealth {
	const notebook = work?.notebook ?? null;
	const line = notebook?.kernel.line;
	const id = report?.id ?? work?.kernel ?? null;
	return {
		...measure(`kernel ${id ?? ''}`, report ?? NOTHING),
		id,
		learner: work?.learner ?? null,
		lesson: work?.title ?? null,
		condition: conditionOf(notebook, report),
		place: line?.place ?? null,
		wait: line?.seconds ?? null,
		training: notebook ? trainingFacts(notebook) : null,
		problem: notebook?.kernel.phase === 'dead' ? (notebook.kernel.problem?.code ?? null) : null,
		bound: report?.bound ?? null,
		processes: report?.processes ?? null,
		start: startOf(report)
	};
}

const NOTHING: ProcessReport = {
	pid: null,
	memory: null,
	memoryIs: 'pss',
	cpu: null,
	processes: null,
	since: null,
	isStopped: false
};

function conditionOf(notebook: Notebook | null, report: KernelReport | null): KernelCondition {
	const kernel = notebook?.kernel;
	if (kernel?.phase === 'dead' || report?.state === 'dead') return 'dead';
	if (kernel?.stage === 'line') return 'waiting';
	if (kernel?.phase === 'starting' || report?.state === 'starting') return 'starting';
	if (kernel?.rest?.state === 'frozen' || report?.isStopped) return 'frozen';
	if (notebook && trainingCell(notebook)) return 'training';
	const runs = notebook !== null && runningCells(notebook).length > 0;
	return runs || report?.state === 'busy' ? 'busy' : 'idle';
}

function runningCells(notebook: Notebook): readonly Cell[] {
	return (['turn', 'beside'] as const).flatMap((track) => runningCell(notebook, track) ?? []);
}

function trainingCell(notebook: Notebook): Cell | undefined {
	return runningCells(notebook).find(isTraining);
}

function trainingFacts(notebook: Notebook): TrainingFacts | null {
	const cell = trainingCell(notebook);
	const training = cell && trainingOf(cell);
	if (!training) return null;
	return { step: training.step, total: training.total, loss: lastLoss(notebook, cell) };
}

function lastLoss(notebook: Notebook, cell: Cell): number | string | null {
	const rows = cell.outputs.flatMap((output) => {
		const data = 'data' in output ? output.data[CHART_MIME] : null;
		const chart = typeof data === 'object' && data !== null && 'chart' in data ? data.chart : null;
		return typeof chart === 'string' ? chartRows(notebook.charts, chart) : [];
	});
	return rows.findLast((row) => row['loss'] != null)?.['loss'] ?? null;
}

function startOf(report: KernelReport | null): Start | null {
	switch (report?.started) {
		case 'forked':
		case 'pooled':
			return { type: report.started };
		case 'cold':
			return { type: 'cold', because: report.coldBecause };
		default:
			return null;
	}
}
