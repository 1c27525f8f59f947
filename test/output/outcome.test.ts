import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { addedFiles, CONNECTOR, connectorFile, installed } from '../support/added-project.ts';
import { fakeManager, untilCalled } from '../support/fake-manager.ts';
import { readTree, startFlue } from '../support/flue.ts';
import { readPage } from '../support/pages.ts';
import { refusing } from '../support/refuse.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';

const INSTALLS = `
const [name, range] = process.argv.at(-1).split(/(?<=.)@/);
declare(name, range);
fs.writeFileSync('package-lock.json', '{ "changed": true }');`;

const MINE: Files = { ...FLUE_0_7, [CONNECTOR]: '// mine\n' };

const DONE: Files = {
	...FLUE_0_7,
	'package.json': { dependencies: { '@flue/runtime': '^0.7.1', '@daytona/sdk': '^0.216.0' } },
	[CONNECTOR]: connectorFile('0.6.0'),
	'.env.example': '',
	...installed({ '@daytona/sdk': '0.216.0' }),
};

const { '.env.example': _, ...WITHOUT_NAMES } = DONE;

interface Ending {
	readonly args: readonly string[];
	readonly files?: Files;
	readonly npm?: string;
	readonly env?: Readonly<Record<string, string>>;
	readonly signal?: NodeJS.Signals;
	readonly code: number;
	/** The whole of stderr, or how it begins. */
	readonly words: string | RegExp;
}

const WRITE = ['add', 'daytona', '--write'];

const INSTALL = 'npm install --no-audit --no-fund "@daytona/sdk@^0.216.0"';

const RUNNING = `Running ${INSTALL} (package-lock.json)\n`;

/** The endings after which every file of ours is as it was; FOLDER stands for the project. */
const UNCHANGED = {
	'an example on stdout': { args: ['add', 'daytona'], code: 0, words: '' },
	'nothing to do': {
		args: WRITE,
		files: WITHOUT_NAMES,
		code: 0,
		words: `Daytona is already set up (${CONNECTOR}). Nothing to do.\n`,
	},
	'nothing to do, with --yes': {
		args: ['add', 'daytona', '--yes'],
		files: WITHOUT_NAMES,
		code: 0,
		words: `Daytona is already set up (${CONNECTOR}). Nothing to do.\n`,
	},
	'nothing to preview': {
		args: ['add', 'daytona', '--dry-run'],
		files: WITHOUT_NAMES,
		code: 0,
		words: `Daytona is already set up (${CONNECTOR}). Nothing to do.\n`,
	},
	'nothing to compare': {
		args: ['add', 'daytona', '--diff'],
		files: WITHOUT_NAMES,
		code: 0,
		words: `Daytona is already set up (${CONNECTOR}). Nothing to do.\n`,
	},
	'nothing to write, and the package left': {
		args: [...WRITE, '--no-install'],
		files: { ...WITHOUT_NAMES, 'package.json': { dependencies: { '@flue/runtime': '^0.7.1' } } },
		code: 0,
		words: `Daytona is already set up (${CONNECTOR}). Nothing to write.\nInstall @daytona/sdk@^0.216.0.\n`,
	},
	'a preview, in the order of a write': {
		args: ['add', 'daytona', '--dry-run'],
		code: 0,
		words: `Planned changes:\n  run ${INSTALL}\n  create ${CONNECTOR}\n  update .env.example\nNothing was changed.\nDo it:  flue add daytona --write\n`,
	},
	'a preview without the install': {
		args: ['add', 'daytona', '--dry-run', '--no-install'],
		code: 0,
		words: `Planned changes:\n  create ${CONNECTOR}\n  update .env.example\nInstall @daytona/sdk@^0.216.0.\nNothing was changed.\nDo it:  flue add daytona --write --no-install\n`,
	},
	'a patch': {
		args: ['add', 'daytona', '--diff'],
		code: 0,
		words: `A write runs this first:  ${INSTALL}\nDo it:  flue add daytona --write\n`,
	},
	'a disk that refuses': {
		args: WRITE,
		env: refusing('accessSync:/.flue:EACCES'),
		code: 1,
		words: `FOLDER/${CONNECTOR} cannot be written: permission denied.\nNothing was changed.\n`,
	},
	'a preview of a write that the disk refuses': {
		args: ['add', 'daytona', '--dry-run'],
		env: refusing('accessSync:/.flue:EACCES'),
		code: 1,
		words: `FOLDER/${CONNECTOR} cannot be written: permission denied.\nNothing was changed.\n`,
	},
	'a disk that refuses after the install': {
		args: WRITE,
		env: refusing('renameSync:1:EIO'),
		code: 1,
		words: `${RUNNING}FOLDER/${CONNECTOR} cannot be written: the disk reports an error.\nnpm left these files changed: package.json, package-lock.json.\nRun the same command again to finish.\n`,
	},
	'no command': { args: [], code: 2, words: /^Name a command\.\n/ },
	'an unknown command': { args: ['ad', 'daytona'], code: 2, words: /ad.*\n?.*add/ },
	'an unknown option': {
		args: [...WRITE, '--froce'],
		code: 2,
		words: "Unknown option '--froce'.\nDid you mean --force?\n",
	},
	'an option without its value': {
		args: [...WRITE, '--path'],
		code: 2,
		words: /^Option '--path <file>' argument missing\.\n/,
	},
	'an unknown connector': {
		args: ['add', 'daytoan'],
		code: 2,
		words: 'Unknown connector "daytoan".\nDid you mean daytona?\n',
	},
	'more words than a connector has': {
		args: ['add', 'sandbox', 'daytona', 'garbage'],
		code: 2,
		words: /^Unknown connector "sandbox daytona garbage"\.\n/,
	},
	'a file for no connector': {
		args: ['add', '--path', 'x.ts'],
		code: 2,
		words: '--path needs the name of a connector.\nThere is: daytona.\n',
	},
	'an install that is left out for no connector': {
		args: ['add', '--no-install'],
		code: 2,
		words: '--no-install needs the name of a connector.\nThere is: daytona.\n',
	},
	'an update of a file that is not there': {
		args: ['update', '--path', 'nope.ts'],
		code: 2,
		words: 'Nothing to update: nope.ts is not there.\nAdd one with flue add.\n',
	},
	'an update of a file that cannot be read': {
		args: ['update', '--write', '--no-install'],
		files: addedFiles('2.1.0', connectorFile('0.9.0')),
		env: refusing('openSync:daytona.ts:EACCES'),
		code: 2,
		words: /daytona\.ts"? cannot be read: EACCES/,
	},
	'a check of a file that is not there': {
		args: ['check', '--path', 'nope.ts'],
		code: 5,
		words:
			/error file-missing: There is no connector: it belongs in nope\.ts\.\n {4}flue add daytona --write --path nope\.ts\n/,
	},
	'JavaScript in the place of the connector': {
		args: WRITE,
		files: { ...FLUE_0_7, '.flue/connectors/daytona.js': 'export const daytona = 1;\n' },
		code: 3,
		words:
			/^\.flue\/connectors\/daytona\.js is a JavaScript file; flue writes TypeScript\.\nNothing was changed\.\nSee the difference: {2}flue add daytona --diff\nWarning: .*rename it to end in \.ts/,
	},
	'JavaScript in the place of the connector, with --force': {
		args: [...WRITE, '--force'],
		files: { ...FLUE_0_7, '.flue/connectors/daytona.js': 'export const daytona = 1;\n' },
		code: 3,
		words: /^\.flue\/connectors\/daytona\.js is a JavaScript file; flue writes TypeScript\.\nNothing was changed\.\n/,
	},
	'a mode without a connector': {
		args: ['add', '--dry-run'],
		code: 2,
		words: '--dry-run needs the name of a connector.\nThere is: daytona.\n',
	},
	'contradicting flags': {
		args: [...WRITE, '--print'],
		code: 2,
		words: '--print and --write contradict each other.\nGive one of them.\n',
	},
	'no project': { args: WRITE, files: {}, code: 2, words: /^There is no package\.json in .* or above it\.\n.*--cwd/ },
	'no such folder': { args: [...WRITE, '-C', 'nowhere'], code: 2, words: /^There is no folder nowhere\.\n.*--cwd/ },
	'a project that cannot be read': {
		args: WRITE,
		files: { ...FLUE_0_7, 'package.json': '{ "name": ' },
		code: 2,
		words: /package\.json"? is not a JSON object\.\n/,
	},
	'a runtime that is no version': {
		args: [...WRITE, '--runtime', 'soon'],
		code: 2,
		words: /^--runtime "soon" is not a version\.\n.*--runtime 2\.1\.0/,
	},
	'a path that is no file': { args: [...WRITE, '--path', '.flue/agents'], code: 2, words: /--path \.flue\/agents/ },
	'an unknown package manager': {
		args: [...WRITE, '--package-manager', 'nmp'],
		code: 2,
		words: '"nmp" is not a package manager that flue can run.\nDid you mean npm?\n',
	},
	'a package manager that is not clear': {
		args: WRITE,
		files: { ...FLUE_0_7, 'yarn.lock': '' },
		code: 2,
		words:
			'The package manager is not clear: there are yarn.lock, package-lock.json.\nGive --package-manager npm, pnpm, yarn or bun, or --no-install.\n',
	},
	'a Deno project': {
		args: WRITE,
		files: {
			'package.json': { dependencies: { '@flue/runtime': '^0.7.1' } },
			'deno.lock': '{}',
			'.flue/agents/a.ts': '',
		},
		code: 2,
		words:
			'flue cannot run the package manager of this project (deno.lock).\nGive --no-install and add the package yourself.\n',
	},
	'a package manager that is missing': {
		args: WRITE,
		env: { PATH: '/nowhere' },
		code: 2,
		words:
			'npm is not on PATH, and this project uses it (package-lock.json). Nothing was changed.\nInstall it, name another one with --package-manager, or give --no-install.\n',
	},
	'a preview of a write without a package manager': {
		args: ['add', 'daytona', '--dry-run'],
		env: { PATH: '/nowhere' },
		code: 0,
		words:
			/^Planned changes:\n {2}run npm install [^]*\nWarning: npm is not on PATH, and this project uses it \(package-lock\.json\)\.\n$/,
	},
	'a conflict': {
		args: WRITE,
		files: MINE,
		code: 3,
		words: `${CONNECTOR} was not written by this tool.\nNothing was changed.\nSee the difference:  flue add daytona --diff\nReplace it, and keep the old one beside it:  flue add daytona --write --force\n`,
	},
	'a preview of a conflict': {
		args: ['add', 'daytona', '--dry-run'],
		files: MINE,
		code: 3,
		words: `${CONNECTOR} was not written by this tool.\nNothing was changed.\nSee the difference:  flue add daytona --diff\nReplace it, and keep the old one beside it:  flue add daytona --write --force\n`,
	},
	'a patch over a conflict': {
		args: ['add', 'daytona', '--diff'],
		files: MINE,
		code: 3,
		words: new RegExp(`^${CONNECTOR} was not written by this tool\\.\\nThe patch replaces`),
	},
	'an install that fails': {
		args: WRITE,
		npm: `${INSTALLS} console.error('npm error something broke'); process.exit(7);`,
		code: 4,
		words: `${RUNNING}npm ended with exit code 7.\n  npm error something broke\nflue wrote no file.\nnpm left these files changed: package.json, package-lock.json.\nTry again:  flue add daytona --write\nWrite the files, and install the package yourself:  flue add daytona --write --no-install\n`,
	},
	'an install that fails in a folder below, with a way out': {
		args: [...WRITE, '-C', 'app'],
		files: Object.fromEntries(Object.entries(FLUE_0_7).map(([path, content]) => [`app/${path}`, content])),
		npm: `console.error('npm error code ERESOLVE'); process.exit(1);`,
		code: 4,
		words:
			/\n    npm install --legacy-peer-deps --no-audit --no-fund "@daytona\/sdk@\^0\.216\.0" --prefix app\nWrite the files, and install the package yourself: {2}flue add daytona --write --no-install -C app\n/,
	},
	'an install that does nothing': {
		args: WRITE,
		npm: '',
		code: 4,
		words: new RegExp(`npm ended with exit code 0, but @daytona/sdk \\^0\\.216\\.0 is not in package\\.json\\.\\n`),
	},
	'a check that finds something': {
		args: ['check'],
		files: addedFiles('2.1.0', connectorFile('0.9.0')),
		code: 5,
		words: /error contract-mismatch/,
	},
	'a Ctrl-C during the install': {
		args: WRITE,
		npm: `${INSTALLS} setInterval(() => {}, 1000);`,
		signal: 'SIGINT',
		code: 130,
		words: `${RUNNING}Stopping npm...\nCancelled.\nflue wrote no file.\nnpm left these files changed: package.json, package-lock.json.\nTry again:  flue add daytona --write\n`,
	},
	'a SIGTERM during the install': {
		args: WRITE,
		npm: `${INSTALLS} setInterval(() => {}, 1000);`,
		signal: 'SIGTERM',
		code: 143,
		words: `${RUNNING}Stopping npm...\nTerminated.\nflue wrote no file.\nnpm left these files changed: package.json, package-lock.json.\nTry again:  flue add daytona --write\n`,
	},
} as const satisfies Record<string, Ending>;

async function run({ args, files = FLUE_0_7, npm = INSTALLS, env, signal }: Ending) {
	const [cwd, bin] = [temporaryFolder(files), temporaryFolder()];
	fakeManager(bin, 'npm', npm);
	const before = readTree(cwd);
	const running = startFlue(args, {
		cwd,
		...(env?.['PATH'] === undefined ? { bin } : {}),
		...(env === undefined ? {} : { env }),
	});
	if (signal !== undefined) {
		await untilCalled(bin, 'npm');
		while (!readTree(cwd)['package-lock.json']?.includes('changed')) await sleep(20);
		running.kill(signal);
	}
	const { exitCode, stderr } = await running;
	return { cwd, exitCode, stderr, before, after: readTree(cwd) };
}

/** package.json and the lockfile stay as npm left them. */
function withoutManagerFiles({
	'package.json': _manifest,
	'package-lock.json': _lockfile,
	...others
}: Record<string, string>): Record<string, string> {
	return others;
}

describe('leaves everything of ours as it was, with its exit code and its words', () => {
	test.each(Object.entries<Ending>(UNCHANGED))('%s', async (_name, ending) => {
		const { cwd, exitCode, stderr, before, after } = await run(ending);
		expect({ exitCode, stderr: stderr.replaceAll(cwd, 'FOLDER') }).toEqual({
			exitCode: ending.code,
			stderr: typeof ending.words === 'string' ? ending.words : expect.stringMatching(ending.words),
		});
		const hasRun = stderr.startsWith('Running npm');
		expect(hasRun ? withoutManagerFiles(after) : after).toEqual(hasRun ? withoutManagerFiles(before) : before);
	});
});

const WRITTEN = `${RUNNING}Daytona is connected to this project.
  installed @daytona/sdk@^0.216.0 with npm (package-lock.json)
  created ${CONNECTOR}
  updated .env.example
Next:
  Use it in an agent:  import { daytona } from '../connectors/daytona';
Read whole examples:  flue add daytona --print
Set DAYTONA_API_KEY in a .env file, CI secrets or a Cloudflare secrets bundle. Get one at https://app.daytona.io/dashboard/keys
`;

describe('does everything, with its exit code and its words', () => {
	test.each<[string, Ending]>([
		['a write', { args: WRITE, code: 0, words: WRITTEN }],
		['a write without a question', { args: ['add', 'daytona', '--yes'], code: 0, words: WRITTEN }],
		['a write in CI', { args: WRITE, env: { CI: 'true' }, code: 0, words: WRITTEN }],
		[
			'a write without the install',
			{
				args: [...WRITE, '--no-install'],
				code: 0,
				words: WRITTEN.replace(RUNNING, '')
					.replace('Daytona is connected to this project.', 'Wrote the Daytona connector.')
					.replace(/ {2}installed .*\n/, '')
					.replace('Next:\n', 'Next:\n  Install @daytona/sdk@^0.216.0.\n')
					.replace('--print', '--print --no-install'),
			},
		],
		[
			'a SIGTERM when all is written',
			{
				args: WRITE,
				env: refusing('renameSync:2:SIGTERM'),
				code: 143,
				words: /\nTerminated, but everything was written by then:\n {2}installed /,
			},
		],
		[
			'a Ctrl-C when all is written',
			{
				args: WRITE,
				env: refusing('renameSync:2:SIGINT'),
				code: 130,
				words: /\nCancelled, but everything was written by then:\n {2}installed /,
			},
		],
	])('%s', async (_name, ending) => {
		const { exitCode, stderr, before, after } = await run(ending);
		expect({ exitCode, stderr }).toEqual({
			exitCode: ending.code,
			stderr: typeof ending.words === 'string' ? ending.words : expect.stringMatching(ending.words),
		});
		const {
			[CONNECTOR]: connector,
			'.env.example': names,
			'package.json': manifest,
			'package-lock.json': _lock,
			'.flue/connectors/': __,
			...others
		} = after;
		expect(connector).toBe(connectorFile('0.6.0'));
		expect(names).toContain('DAYTONA_API_KEY=\n');
		expect(manifest?.includes('@daytona/sdk')).toBe(!ending.args.includes('--no-install'));
		expect(Object.entries(others).every(([path, content]) => before[path] === content)).toBe(true);
	});
});

test('reaches every exit code of the README here', () => {
	const readme = readPage('README.md');
	const [, table = ''] = /^\| exit code \| means \|\n\|---\|---\|\n((?:\|.*\n)+)/m.exec(readme) ?? [];
	const codes = Array.from(table.matchAll(/^\| ([\d, ]+) \|/gm), ([, cell = '']) =>
		cell.split(', ').map(Number),
	).flat();
	expect(codes.length).toBeGreaterThan(6);
	expect([...new Set(Object.values(UNCHANGED).map(({ code }) => code))].toSorted((a, b) => a - b)).toEqual(codes);
});
