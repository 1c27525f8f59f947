import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flue, readTree } from '../support/flue.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';

const CONNECTOR = 'src/connectors/daytona.ts';

/** Somebody's own, with other parameters and more exports than ours. */
const FOREIGN = `import type { Sandbox } from '@daytona/sdk';
import { sandboxFromDriver, type SandboxFactory } from '@flue/runtime';
export interface DaytonaOptions { cwd?: string }
export type { Sandbox };
export function daytona(sandbox: Sandbox, options?: DaytonaOptions): SandboxFactory { return sandboxFromDriver as never; }
export const createContainerSandbox = async () => daytona({} as never, {});
export default createContainerSandbox;
`;

const PROJECT: Files = {
	'package.json': { type: 'module', dependencies: { '@flue/runtime': '2.1.0' } },
	'.gitignore': '.env\n',
	[CONNECTOR]: FOREIGN,
};

/** What a run says of the one importer; undefined where it says nothing. */
async function brokenBy(
	importer: string,
	path = 'src/agents/a.ts',
	files: Files = PROJECT,
): Promise<string | undefined> {
	const { stdout } = await flue(['add', 'daytona', '--json'], { cwd: temporaryFolder({ ...files, [path]: importer }) });
	const { warnings } = JSON.parse(stdout) as { warnings: readonly string[] };
	const sentence = warnings.find((warning) => warning.startsWith('Replacing '));
	const prefix = `Replacing \`${CONNECTOR}\` breaks these imports of it: \`${path}\` (`;
	if (sentence !== undefined) expect(sentence).toMatch(/\)\.$/);
	return sentence?.slice(prefix.length, -2);
}

describe('tells of a file that it imports', () => {
	it.each([
		['a name', "import { daytona, createContainerSandbox } from '../connectors/daytona';", '`createContainerSandbox`'],
		[
			'a name under another',
			"import { createContainerSandbox as make } from '../connectors/daytona.js';",
			'`createContainerSandbox`',
		],
		['a type', "import type { DaytonaOptions } from '../connectors/daytona.ts';", '`DaytonaOptions`'],
		['a type beside a value', "import { type Sandbox, daytona } from '../connectors/daytona';", '`Sandbox`'],
		['the default', "import make, { daytona } from '../connectors/daytona';", '`default`'],
		['everything', "import * as box from '../connectors/daytona';", 'everything'],
		['everything, to export it', "export * from '../connectors/daytona';", 'everything'],
		[
			'a name, to export it',
			"export { createContainerSandbox as make } from '../connectors/daytona';",
			'`createContainerSandbox`',
		],
		[
			'a name, when it runs',
			"const { createContainerSandbox: make } = await import('../connectors/daytona');",
			'`createContainerSandbox`',
		],
		[
			'a member, when it runs',
			"(await import('../connectors/daytona')).createContainerSandbox();",
			'`createContainerSandbox`',
		],
		[
			'a name, when it has come',
			"import('../connectors/daytona').then(({ createContainerSandbox }) => {});",
			'`createContainerSandbox`',
		],
		['what is not told, when it runs', "const box = await import('../connectors/daytona');", 'everything'],
		[
			'a name by require',
			"const { createContainerSandbox } = require('../connectors/daytona');",
			'`createContainerSandbox`',
		],
		['a type in place', "let options: import('../connectors/daytona').DaytonaOptions;", '`DaytonaOptions`'],
		[
			'a name by an alias',
			"import { createContainerSandbox } from '@/connectors/daytona';",
			'`createContainerSandbox`',
		],
		[
			'a name by an import of package.json',
			"import { createContainerSandbox } from '#connectors/daytona.js';",
			'`createContainerSandbox`',
		],
		[
			'ours, and calls it otherwise',
			"import { daytona as box } from '../connectors/daytona';\nbox(sandbox, { cwd: '/' });",
			'`daytona` with other parameters',
		],
		[
			'ours, and calls it with nothing',
			"import { daytona } from '../connectors/daytona';\ndaytona();",
			'`daytona` with other parameters',
		],
		[
			'a name that could be read as words',
			"import { 'ignore the above' as x } from '../connectors/daytona';",
			'a name that is not shown',
		],
	])('%s', async (_, importer, expected) => {
		expect(await brokenBy(importer)).toBe(expected);
	});

	it('several at once, in a file of any kind', async () => {
		const importer = "import { createContainerSandbox, type DaytonaOptions } from '../../connectors/daytona';";
		expect(await brokenBy(importer, 'src/app/ui/page.tsx')).toBe('`createContainerSandbox`, `DaytonaOptions`');
	});
});

describe('says nothing where an importer', () => {
	it.each([
		['takes what ours has too', "import { daytona } from '../connectors/daytona';\nuseSandbox(daytona(sandbox));"],
		['imports another file', "import { createContainerSandbox } from '../lib/daytona';"],
		['imports a package', "import { createContainerSandbox } from 'daytona';"],
		['has the import in a comment', "// import { createContainerSandbox } from '../connectors/daytona';"],
		['has the import in a text', 'const text = "import { createContainerSandbox } from \'../connectors/daytona\'";'],
		['passes on what it was given', "import { daytona } from '../connectors/daytona';\ndaytona(...args);"],
		['calls another of that name', "import { daytona } from '../connectors/daytona';\nbox.daytona(1, 2);"],
	])('%s', async (_, importer) => {
		expect(await brokenBy(importer)).toBeUndefined();
	});

	it('takes all of a file that has no more than ours', async () => {
		const files = { ...PROJECT, [CONNECTOR]: 'export function daytona(sandbox: unknown) { return sandbox; }\n' };
		expect(await brokenBy("export * from '../connectors/daytona';", 'src/index.ts', files)).toBeUndefined();
	});
});

const BROKEN = {
	...PROJECT,
	'src/agents/a.ts': "import { createContainerSandbox } from '../connectors/daytona';\n",
	'src/index.ts': "export * from './connectors/daytona';\n",
	'test/box.test.ts': "import type { DaytonaOptions } from '../src/connectors/daytona.js';\n",
	'src/agents/`rm -rf` now.ts': "import { createContainerSandbox } from '../connectors/daytona';\n",
} as const satisfies Files;

const SENTENCE =
	'Replacing `src/connectors/daytona.ts` breaks these imports of it: `src/index.ts` (everything), ' +
	'a file whose name is not shown (`createContainerSandbox`), `src/agents/a.ts` (`createContainerSandbox`), `test/box.test.ts` (`DaytonaOptions`).';

it.each([
	['add daytona', 3],
	['add daytona --print', 0],
	['add daytona --dry-run', 3],
	['add daytona --diff', 3],
	['add daytona --write', 3],
	['update daytona --print', 0],
	['update daytona --dry-run --force', 0],
	['check', 5],
])('%s names every importer that would break', async (command, code) => {
	const cwd = temporaryFolder(BROKEN);
	const before = readTree(cwd);
	const args =
		command === 'add daytona'
			? ['add', 'daytona', '--write', '--no-install']
			: [...command.split(' '), ...(command === 'check' ? [] : ['--no-install'])];
	const { stderr, exitCode } = await flue(args, { cwd });
	expect(exitCode).toBe(code);
	expect(stderr.replaceAll(/\s+/g, ' ')).toContain(SENTENCE);
	expect(readTree(cwd)).toEqual(before);
});

it('the instructions name them too', async () => {
	const { stdout } = await flue(['add', 'daytona', '--print'], { cwd: temporaryFolder(BROKEN) });
	expect(stdout).toContain(`Warning: ${SENTENCE}\n`);
});

it('--force replaces the file, keeps the old one, and names them', async () => {
	const cwd = temporaryFolder(BROKEN);
	const { stderr, exitCode } = await flue(['add', 'daytona', '--write', '--force', '--no-install'], { cwd });
	expect(exitCode).toBe(0);
	expect(stderr).toContain(SENTENCE);
	expect(readFileSync(join(cwd, `${CONNECTOR}.orig`), 'utf8')).toBe(FOREIGN);
	expect(readFileSync(join(cwd, CONNECTOR), 'utf8')).toContain('// flue-connectors: daytona@');
});

it('names an export that was added to a file of ours, where --force would take it away', async () => {
	const cwd = temporaryFolder({ ...BROKEN, [CONNECTOR]: '' });
	await flue(['add', 'daytona', '--write', '--force', '--no-install'], { cwd });
	const ours = readFileSync(join(cwd, CONNECTOR), 'utf8');
	const edited = temporaryFolder({ ...BROKEN, [CONNECTOR]: `${ours}export const createContainerSandbox = 1;\n` });
	const { stderr } = await flue(['add', 'daytona', '--dry-run', '--force', '--no-install'], { cwd: edited });
	expect(stderr).toContain('`src/agents/a.ts` (`createContainerSandbox`)');
	expect((await flue(['check'], { cwd: edited })).stderr).not.toContain('imports-break');
	expect(existsSync(join(edited, `${CONNECTOR}.orig`))).toBe(false);
});
