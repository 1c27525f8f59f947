import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BIN, flue } from '../support/flue.ts';
import { type Note, noting, OPENING } from '../support/refuse.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';

const PACKAGES = 5000;

const FILES_OF_EACH = 20;

const OWN_MANIFEST = '/packages/bot/package.json';

/** In the order in which a user comes to them; the last finds that nothing is installed. */
const COMMANDS = [
	{ args: ['--help'], code: 0, opens: BIN },
	{ args: ['add', 'daytona', '--print'], code: 0, opens: OWN_MANIFEST },
	{ args: ['add', 'daytona', '--write', '--no-install'], code: 0, opens: OWN_MANIFEST },
	{ args: ['check'], code: 5, opens: OWN_MANIFEST },
];

/** What makes a folder a workspace, and how a member asks for its runtime there. */
const WORKSPACES: Readonly<Record<string, { readonly files: Files; readonly runtime: string }>> = {
	'workspaces in package.json': {
		files: {
			'package.json': { private: true, workspaces: ['packages/*'] },
			'package-lock.json': { lockfileVersion: 3, packages: {} },
		},
		runtime: '^2.1.0',
	},
	'pnpm-workspace.yaml': {
		files: {
			'package.json': { private: true },
			'pnpm-workspace.yaml': `packages:\n  - 'packages/*'\ncatalog:\n  '@flue/runtime': ^2.1.0\n`,
			'pnpm-lock.yaml': `lockfileVersion: '9.0'\n`,
		},
		runtime: 'catalog:',
	},
};

function member(runtime: string): Files {
	return {
		'packages/bot/package.json': { name: 'bot', type: 'module', dependencies: { '@flue/runtime': runtime } },
		'packages/bot/tsconfig.json': { compilerOptions: { strict: true, module: 'esnext', moduleResolution: 'bundler' } },
		'packages/bot/.env.example': 'ANTHROPIC_API_KEY=\n',
		'packages/bot/src/agents/hello.ts': `'use agent';\n`,
		'packages/bot/README.md': '# Bot\n',
	};
}

/** Others of the workspace, some of which use Flue too. */
function addPackages(root: string): void {
	for (let n = 0; n < PACKAGES - 1; n++) {
		const folder = join(root, `packages/p${n}`);
		mkdirSync(join(folder, 'src'), { recursive: true });
		const dependencies = n % 10 === 0 ? { '@flue/runtime': '^2.1.0' } : {};
		writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: `p${n}`, dependencies }));
		for (let file = 1; file < FILES_OF_EACH; file++) writeFileSync(join(folder, `src/m${file}.ts`), 'export {};\n');
	}
}

interface Looks {
	/** Files and folders, relative to the workspace; a folder with how many entries there are to go through. */
	readonly opened: readonly string[];
	/** Those that were asked about and not opened. */
	readonly asked: readonly string[];
}

function entriesOf(path: string): string {
	return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
		? `: ${readdirSync(path).length} entries`
		: '';
}

async function looksOf(args: readonly string[], code: number, root: string): Promise<Looks> {
	const file = join(temporaryFolder(), 'notes.json');
	const { exitCode, stderr } = await flue(args, { cwd: join(root, 'packages/bot'), env: noting(file) });
	expect(exitCode, stderr).toBe(code);
	const notes = JSON.parse(readFileSync(file, 'utf8')) as Note[];
	const nameOf = (path: string) => path.replace(root, '').replace(/\.[\da-f]+(?=\.flue-)/, '');
	return {
		opened: notes.filter(({ name }) => OPENING.includes(name)).map(({ path }) => nameOf(path) + entriesOf(path)),
		asked: notes.filter(({ name }) => !OPENING.includes(name)).map(({ path }) => nameOf(path)),
	};
}

test.each(Object.entries(WORKSPACES))(
	'opens the same files in a workspace of ten files and of 100,000: %s',
	async (_, { files, runtime }) => {
		const own = { '.git/HEAD': '', '.gitignore': 'node_modules\n.env\n', ...files, ...member(runtime) };
		const [small, large] = [temporaryFolder(own), temporaryFolder(own)];
		addPackages(large);
		for (const { args, code, opens } of COMMANDS) {
			const looks = await looksOf(args, code, small);
			expect(looks.opened).toContain(opens);
			expect(await looksOf(args, code, large), args.join(' ')).toEqual(looks);
		}
	},
);
