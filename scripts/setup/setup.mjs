/**
 * Everything between a fresh clone and a working app: packages, Python, build. Each step runs only when
 * what it depends on has changed. Node.js itself is settled before (node.mjs), since it runs the rest.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildStep } from './build.mjs';
import { checkWritable } from './disk.mjs';
import { pythonChecksStep, pythonStep } from './environment.mjs';
import { gatewayStep } from './gateway.mjs';
import { holding } from './lock.mjs';
import { packagesStep } from './packages.mjs';
import { say } from './say.mjs';
import { perform } from './step.mjs';

/**
 * @param {import('./place.mjs').Place} place
 * @param {{ node: string, checks: boolean, build: boolean }} want
 */
export async function setUp(place, want) {
	checkWritable(place.root);
	await holding(join(place.stamps, 'lock'), async () => {
		let didSomething = false;
		for (const step of stepsFor(place, want)) {
			if (await perform(place, step)) didSomething = true;
		}
		rmSync(place.temporary, { recursive: true, force: true });
		say(didSomething ? 'Set-up is complete.' : 'Everything is set up already.');
	});
}

/** @param {import('./place.mjs').Place} place @param {{ node: string, checks: boolean, build: boolean }} want */
function stepsFor(place, want) {
	return [
		packagesStep(place, want.node),
		pythonStep(place),
		...(want.checks ? [pythonChecksStep(place), gatewayStep(place)] : []),
		...(want.build ? [buildStep(place, want.node)] : [])
	];
}
