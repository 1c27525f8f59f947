import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startDaytona } from '../../support/daytona.ts';
import { exampleAgent } from '../../support/example-agent.ts';
import { imageWithout } from '../../support/shells.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** Takes its time, fails where the folder is there, and leaves something running. */
const GIT = `#!/bin/sh
echo "$@" >>clones
sleep 300 >/dev/null 2>&1 &
sleep .5
case $3 in *missing) echo "fatal: no $3" >&2; exit 128 ;; esac
mkdir "$4" && echo '{}' >"$4/package.json"
`;

const NPM = '#!/bin/sh\nsleep .2; echo "$@" >>installs\n';

const WITHOUT_FLOCK = imageWithout('no flock', ['flock']).options.env?.['PATH'];

/** A conversation with the coding agent, whose sandbox has these programs first on its PATH. */
async function converse({ repo = 'https://example.org/harbour', path = process.env['PATH'] ?? '' } = {}) {
	const programs = temporaryFolder({ git: GIT, npm: NPM });
	for (const name of ['git', 'npm']) chmodSync(join(programs, name), 0o755);
	const double = await startDaytona({ env: { PATH: [programs, path].join(delimiter) } });
	onTestFinished(() => double.close());
	const { receive } = await exampleAgent('coding-agent', { double, initialData: { repo } });
	const workDir = () => double.sandboxes.get('code-talk').workDir;
	return {
		double,
		receive: () => receive('talk'),
		/** What was run to set the project up, and what is there now. */
		look: () => ({
			clones: readFileSync(join(workDir(), 'clones'), 'utf8'),
			files: readdirSync(workDir()).filter((name) => name !== 'clones'),
			project: existsSync(join(workDir(), 'project')) && readdirSync(join(workDir(), 'project')).toSorted(),
		}),
	};
}

const CLONE = 'clone -- https://example.org/harbour setup\n';

const SET_UP = { files: ['project'], project: ['installs', 'package.json'] };

it('first messages that come at once set the project up once', async () => {
	const { receive, look, double } = await converse();
	const sandboxes = await Promise.all([receive(), receive(), receive()]);
	for (const sandbox of sandboxes) expect(await sandbox.readFile('project/installs')).toBe('install\n');
	expect(look()).toEqual({ clones: CLONE, ...SET_UP });
	expect(double.sandboxes.all).toHaveLength(1);
	await receive();
	expect(look()).toEqual({ clones: CLONE, ...SET_UP });
});

it('a set-up that failed is told, and done again', async () => {
	const { receive, look } = await converse({ repo: 'https://example.org/missing' });
	const outcomes = await Promise.allSettled([receive(), receive()]);
	for (const outcome of outcomes) {
		expect(outcome).toMatchObject({
			reason: { message: 'Setting up the project failed: fatal: no https://example.org/missing\n' },
		});
	}
	expect(look()).toEqual({
		clones: 'clone -- https://example.org/missing setup\n'.repeat(2),
		files: [],
		project: false,
	});
});

it('a set-up that is cut short locks nobody out', async () => {
	const { receive, look, double } = await converse();
	const first = receive().catch((error: unknown) => (error as Error).message);
	await expect
		.poll(() => double.sandboxes.all.length > 0 && existsSync(join(double.sandboxes.all[0]!.workDir, 'clones')), {
			timeout: 30_000,
		})
		.toBe(true);
	await double.sandboxes.setState('code-talk', 'stopped');
	expect(await first).toContain('the sandbox is stopped');
	await receive();
	expect(look()).toEqual({ clones: CLONE.repeat(2), ...SET_UP });
});

it('an image without flock gets its project too', async () => {
	const { receive, look } = await converse({ path: WITHOUT_FLOCK });
	await receive();
	expect(look()).toEqual({ clones: CLONE, ...SET_UP });
});
