/** The end of a log file, for an error message. */
import { readFileSync } from 'node:fs';

export function lastLines(path: string, count = 15): string {
	try {
		return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
	} catch (error) {
		return `(${path} could not be read: ${error instanceof Error ? error.message : String(error)})`;
	}
}
