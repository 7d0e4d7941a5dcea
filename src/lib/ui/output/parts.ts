/**
 * The heavy parts of the page, fetched when an output needs them. The server never loads one: it
 * would draw nothing with it, and everybody would wait for the bundle.
 */
import { browser } from '$app/environment';

const NEVER = new Promise<never>(() => undefined);

export const loadChart = () => (browser ? import('../chart/LiveChart.svelte') : NEVER);
export const loadDrawing = () => (browser ? import('./DrawingOutput.svelte') : NEVER);
export const loadMarkdown = () => (browser ? import('./MarkdownOutput.svelte') : NEVER);
export const loadLatex = () => (browser ? import('./LatexOutput.svelte') : NEVER);
export const loadTable = () => (browser ? import('./TableOutput.svelte') : NEVER);
