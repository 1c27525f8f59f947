import { describe, expect, test } from 'vitest';
import { expectToLive, scaffold, succeed } from '../support/example-scene.ts';
import { FLUES } from '../support/flue-project.ts';

describe.each(FLUES.filter(({ runtime }) => runtime.startsWith('2.')))(
	'with Flue $runtime',
	{ timeout: 300_000 },
	(flue) => {
		test('three messages of one conversation use one sandbox, which is started again when it has stopped meanwhile', async () => {
			const commands: Record<string, string> = {
				one: 'echo first > log',
				two: 'echo second >> log',
				three: 'paste -sd+ log',
			};
			const scene = await scaffold(flue, 'basic', (message) => [
				{ name: 'bash', arguments: { command: commands[message] } },
			]);
			const { sandboxes, requests } = scene.daytona;
			const say = (message: string) => succeed(scene, `flue run ${scene.path} --id talk -m ${message}`);
			await say('one');
			await say('two');
			await sandboxes.setState('hello-daytona-talk', 'stopped');
			expect(await say('three')).toContain('The sandbox says: first+second');
			expect(requests.count('POST /sandbox')).toBe(1);
			expectToLive(scene.daytona, 1);
		});

		test('each conversation has a sandbox of its own, and the first one builds the snapshot for both', async () => {
			const scene = await scaffold(flue, 'image', () => [{ name: 'bash', arguments: { command: 'uname -a' } }]);
			const { requests } = scene.daytona;
			for (const id of ['one', 'two']) await succeed(scene, `flue run ${scene.path} --id ${id} -m hello`);
			expect(requests.count('POST /snapshots')).toBe(1);
			expect(scene.daytona.sandboxes.all.map(({ name }) => name)).toEqual(['custom-image-one', 'custom-image-two']);
			expectToLive(scene.daytona, 2);
		});
	},
);
