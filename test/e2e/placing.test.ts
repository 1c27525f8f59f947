import { mkdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Flue, flueProject, FLUES } from '../support/flue-project.ts';
import type { Files } from '../support/temporary-folder.ts';

const GREETING = 'Hello from the project';

const WORKFLOW = `export async function run() {
	return { text: '${GREETING}' };
}
`;

const DEFINED_WORKFLOW = `import { defineAgent, defineWorkflow } from '@flue/runtime';

export default defineWorkflow({
	agent: defineAgent(() => ({ model: 'openai/gpt-5.5' })),
	async run() {
		return { text: '${GREETING}' };
	},
});
`;

const AGENT = `'use agent';
import { useModel } from '@flue/runtime';

export function Hello() {
	useModel('openai/gpt-5.5');
	return '${GREETING}';
}
`;

const APP = `import { createAgentRouter } from '@flue/runtime/routing';
import { Hono } from 'hono';
import { Hello } from './agents/hello.ts';

export default new Hono().route('/agents/hello', createAgentRouter(Hello));
`;

const isTwo = ({ runtime }: Flue) => runtime.startsWith('2.');

/** What a project had before: something of Flue's that works, in this source directory. */
function sources(flue: Flue, folder: string): Files {
	if (isTwo(flue)) {
		const config = `import { flue } from '@flue/vite';\n\nexport default { plugins: [flue()] };\n`;
		return { 'vite.config.ts': config, [join(folder, 'app.ts')]: APP, [join(folder, 'agents/hello.ts')]: AGENT };
	}
	return { [join(folder, 'workflows/hello.ts')]: flue.runtime.startsWith('0.') ? WORKFLOW : DEFINED_WORKFLOW };
}

/** `flue run` of 2.x takes any file: it is the build that looks for the source directory. */
function useIt(flue: Flue): string {
	return isTwo(flue) ? 'node node_modules/vite/bin/vite.js build && cat dist/*.mjs' : 'flue run hello --target node';
}

/** Up to 0.8 `src/` is a folder like any other. */
function layouts({ runtime }: Flue): { layout: string; folder: string; beside: Files }[] {
	const knowsSrc = !runtime.startsWith('0.8.');
	return [
		{ layout: '.flue/', folder: '.flue', beside: { 'src/index.ts': '' } },
		...(knowsSrc ? [{ layout: 'src/', folder: 'src', beside: { 'agents/notes.ts': '' } }] : []),
		{ layout: 'the root', folder: '.', beside: knowsSrc ? {} : { 'src/index.ts': '' } },
	];
}

describe.each(FLUES)('a project with Flue $runtime', { timeout: 300_000 }, (flue) => {
	test.each(layouts(flue))(
		'that keeps its sources in $layout still works after flue add',
		async ({ folder, beside }) => {
			const { run } = await flueProject(flue, { ...sources(flue, folder), ...beside });
			const added = await run('flue add daytona --write --no-install --json --example basic');
			const paths = JSON.parse(added.stdout).changes.map(({ path }: { path: string }) => path);
			expect(paths).toEqual([posix.join(folder, 'connectors/daytona.ts'), expect.stringMatching(/hello-daytona\.ts$/)]);
			const { stdout, stderr, exitCode } = await run(useIt(flue));
			expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 0, stdout: expect.stringContaining(GREETING) });
		},
	);

	test('that keeps its sources in the root would not work with a .flue/ beside them, so the rows above can fail', async () => {
		const { cwd, run } = await flueProject(flue, sources(flue, '.'));
		mkdirSync(join(cwd, '.flue/connectors'), { recursive: true });
		const { stdout, exitCode } = await run(useIt(flue));
		expect(exitCode).not.toBe(0);
		expect(stdout).not.toContain(GREETING);
	});
});
