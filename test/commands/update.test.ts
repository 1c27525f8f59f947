import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
	addedFiles,
	addedProject,
	CONNECTOR,
	connectorFile,
	installed,
	OWN_METHOD,
	withMethod,
} from '../support/added-project.ts';
import { fakeManager, readCalls } from '../support/fake-manager.ts';
import { flue, plainEnv, readTree, type Run, type RunOptions } from '../support/flue.ts';
import { readFences } from '../support/instructions.ts';
import { type Files, temporaryFolder, writeFiles } from '../support/temporary-folder.ts';

const OLD = connectorFile('0.9.0');

const NEW = connectorFile('2.0.2');

/** With another word in a line that is for the contract. */
function withClash(file: string): string {
	const edited = file.replace('return createSandboxSessionEnv(', 'return await createSandboxSessionEnv(');
	if (edited === file) throw new Error('The template has no such line.');
	return edited;
}

const BY_HAND = 'export const daytona = () => ({});\n';

const OF_FLUE = `// flue-blueprint: sandbox/daytona@1\n${BY_HAND}`;

async function update(cwd: string, args: readonly string[], options: Partial<RunOptions> = {}): Promise<Run> {
	return flue(['update', 'daytona', ...args], { cwd, ...options });
}

function readFile(cwd: string, path = CONNECTOR): string {
	return readFileSync(join(cwd, path), 'latin1');
}

function sha256(content: string): string {
	return createHash('sha256').update(content, 'latin1').digest('hex');
}

function npmBin(script = `const [name, range] = process.argv.at(-1).split(/(?<=.)@/); declare(name, range);`): string {
	const bin = temporaryFolder();
	fakeManager(bin, 'npm', script);
	return bin;
}

describe('a file that is up to date', () => {
	test.each([
		['untouched', NEW],
		['formatted', NEW.replaceAll('\n', '\r\n')],
		['edited', withMethod(NEW)],
	])('and %s needs nothing', async (_, content) => {
		const cwd = addedProject('2.1.0', content);
		const before = readTree(cwd);
		for (const args of [['--write'], ['--yes'], ['--dry-run'], ['--diff']]) {
			const said = await update(cwd, args);
			expect(said).toEqual({
				stdout: '',
				stderr: `Daytona is up to date (${CONNECTOR}). Nothing to do.\n`,
				exitCode: 0,
			});
		}
		expect(readTree(cwd)).toEqual(before);
	});

	test('is told as such on a pipe and in JSON', async () => {
		const cwd = addedProject('2.1.0', NEW);
		const printed = await update(cwd, []);
		expect(printed.exitCode).toBe(0);
		expect(printed.stdout).toContain(
			`Nothing to update: \`${CONNECTOR}\` is up to date for @flue/runtime 2.1.0 (installed).`,
		);
		const { status, ok, changes } = JSON.parse((await update(cwd, ['--write', '--json'])).stdout);
		expect({ status, ok, changes }).toEqual({ status: 'unchanged', ok: true, changes: [] });
	});

	test('needs no name to be found', async () => {
		const { stderr } = await flue(['update', '--dry-run'], { cwd: addedProject('2.1.0', NEW) });
		expect(stderr).toContain('is up to date');
	});
});

describe('an untouched file', () => {
	test.each([
		['0.9.0', '1.0.0-beta.9', '1.0.0-beta.3'],
		['0.9.0', '2.0.1', '2.0.0'],
		['0.6.0', '2.1.0', '2.0.2'],
		['2.0.2', '0.11.1', '0.9.0'],
	] as const)('for %s becomes the one for %s, as flue add would write it', async (since, runtime, target) => {
		const cwd = addedProject(runtime, connectorFile(since));
		const before = readTree(cwd);
		const { stdout, stderr, exitCode } = await update(cwd, ['--write']);
		expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 });
		expect(stderr).toBe(`Daytona is up to date.\n  updated ${CONNECTOR}\nCheck it:  flue check daytona\n`);
		expect(readTree(cwd)).toEqual({ ...before, [CONNECTOR]: connectorFile(target) });
		expect((await flue(['check'], { cwd })).exitCode).toBe(0);
	});

	test('may be formatted', async () => {
		const cwd = addedProject('2.1.0', OLD.replaceAll('\n', '\r\n'));
		expect((await update(cwd, ['--write'])).exitCode).toBe(0);
		expect(readFile(cwd)).toBe(NEW.replaceAll('\n', '\r\n'));
	});

	test('is made for the version that --runtime names', async () => {
		const cwd = addedProject('2.1.0', NEW);
		expect((await update(cwd, ['--write', '--runtime', '2.0.0'])).exitCode).toBe(0);
		expect(readFile(cwd)).toBe(connectorFile('2.0.0'));
	});
});

describe('a file with edits', () => {
	test("keeps the user's own method and gets the new contract around it", async () => {
		const cwd = addedProject('2.1.0', withMethod(OLD));
		const { stderr, exitCode } = await update(cwd, ['--write']);
		expect(exitCode).toBe(0);
		expect(stderr).toContain(`merged the new template into ${CONNECTOR}`);
		expect(readFile(cwd)).toBe(withMethod(NEW));
		const { stderr: words, exitCode: checked } = await flue(['check'], { cwd });
		expect(checked).toBe(0);
		expect(words).toContain('note file-edited');
		expect((await update(cwd, ['--write'])).stderr).toContain('is up to date');
	});

	test('keeps its line ends and what stands above the marker', async () => {
		const crlf = (text: string) => text.replaceAll('\n', '\r\n');
		const cwd = addedProject('2.1.0', crlf(`// Licence: MIT\n${withMethod(OLD)}`));
		expect((await update(cwd, ['--write'])).exitCode).toBe(0);
		expect(readFile(cwd)).toBe(crlf(`// Licence: MIT\n${withMethod(NEW)}`));
	});

	test('keeps characters that are not ASCII, byte for byte', async () => {
		const edit = (file: string) => `${file}\n// \u00fc \u2713\n`;
		const cwd = addedProject('2.1.0', edit(OLD));
		expect((await update(cwd, ['--write'])).exitCode).toBe(0);
		expect(readFileSync(join(cwd, CONNECTOR), 'utf8')).toBe(edit(NEW));
	});

	test('is replaced with --force, and kept beside', async () => {
		const cwd = addedProject('2.1.0', withMethod(OLD));
		const { stderr, exitCode } = await update(cwd, ['--write', '--force']);
		expect(exitCode).toBe(0);
		expect(stderr).toContain(`replaced ${CONNECTOR}, and kept yours as ${CONNECTOR}.orig`);
		expect([readFile(cwd), readFile(cwd, `${CONNECTOR}.orig`)]).toEqual([NEW, withMethod(OLD)]);
	});
});

describe('edits in lines that the new template changes too', () => {
	const marked = `${CONNECTOR}.merge`;
	const declared = (sdk: string): Files => ({
		'package.json': { dependencies: { '@flue/runtime': '2.1.0', '@daytona/sdk': sdk } },
	});

	test('are never overwritten: both sides go beside the file, marked, with exit code 3', async () => {
		const [cwd, bin] = [addedProject('2.1.0', withClash(OLD), declared('0.100.0')), npmBin()];
		const before = readTree(cwd);
		const { stdout, stderr, exitCode } = await update(cwd, ['--write'], { bin });
		expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 3 });
		expect(stderr).toContain(`${CONNECTOR} has local edits in lines that the new template changes too.`);
		expect(stderr).toContain(
			`Both are in ${marked}: choose in the marked lines, and put it in the place of ${CONNECTOR}.`,
		);
		expect(stderr).toContain('Nothing else was changed.');
		const { [marked]: merge = '', ...rest } = readTree(cwd);
		expect(rest).toEqual(before);
		const [, yours, theirs] = /<<<<<<< .*\n([^]*?)=======\n([^]*?)>>>>>>> .*\n/.exec(merge) ?? [];
		expect(yours).toContain('return await createSandboxSessionEnv(');
		expect(theirs).toContain('return sandboxFromDriver(');
		expect(readCalls(bin, 'npm')).toEqual([]);
	});

	test('are put beside it once, however often it is tried', async () => {
		const cwd = addedProject('2.1.0', withClash(OLD));
		await update(cwd, ['--write']);
		const before = readTree(cwd);
		const { stderr, exitCode } = await update(cwd, ['--write']);
		expect(exitCode).toBe(3);
		expect(stderr).toContain(`Both are in ${marked}`);
		expect(readTree(cwd)).toEqual(before);
	});

	test('are never put over a file that is there', async () => {
		const cwd = addedProject('2.1.0', withClash(OLD), { [marked]: 'mine\n' });
		await update(cwd, ['--write']);
		expect(readFile(cwd, marked)).toBe('mine\n');
		expect(readFile(cwd, `${marked}.2`)).toContain('<<<<<<< ');
	});

	test('are settled when the file is chosen from', async () => {
		const cwd = addedProject('2.1.0', withClash(OLD));
		await update(cwd, ['--write']);
		const chosen = readFile(cwd, marked)
			.replace(/<<<<<<< .*\n[^]*?=======\n([^]*?)>>>>>>> .*\n/, '$1')
			.replace('return sandboxFromDriver(', 'return await sandboxFromDriver(');
		writeFileSync(join(cwd, CONNECTOR), chosen);
		rmSync(join(cwd, marked));
		expect((await update(cwd, ['--write'])).stderr).toContain('is up to date');
		expect((await flue(['check', '--json'], { cwd })).exitCode).toBe(0);
	});

	test('are told by a preview, which changes nothing', async () => {
		const cwd = addedProject('2.1.0', withClash(OLD));
		const before = readTree(cwd);
		const dry = await update(cwd, ['--dry-run']);
		expect(dry.exitCode).toBe(3);
		expect(dry.stderr).toContain(`A write puts both into ${marked}, with these lines marked.`);
		const report = JSON.parse((await update(cwd, ['--dry-run', '--json'])).stdout);
		expect(report).toMatchObject({
			ok: false,
			exitCode: 3,
			changes: [{ action: 'conflict', owner: 'edited', marked }],
		});
		const diff = await update(cwd, ['--diff']);
		expect(diff.exitCode).toBe(3);
		expect(diff.stdout).toContain(`+++ b/${marked}`);
		expect(diff.stdout).not.toContain(`+++ b/${CONNECTOR}\n`);
		expect(readTree(cwd)).toEqual(before);
	});
});

describe.each([
	["Flue's own guide", OF_FLUE, "was written by Flue's own guide, not by this tool."],
	['another hand', BY_HAND, 'was not written by this tool.'],
	['a newer version of this tool', connectorFile('0.9.0', 99), 'was written by a newer version of this tool.'],
	['a version that nobody knows, with edits', `${connectorFile('0.9.0', 0)}// mine\n`, 'has local edits.'],
])('a file of %s', (_, content, words) => {
	test('is never merged: exit code 3, and nothing is changed', async () => {
		const cwd = addedProject('2.1.0', content);
		const before = readTree(cwd);
		const { stderr, exitCode } = await update(cwd, ['--write']);
		expect(exitCode).toBe(3);
		expect(stderr).toContain(`${CONNECTOR} ${words}\nNothing was changed.\n`);
		expect(stderr).toContain('See the difference:  flue update daytona --diff\n');
		expect(stderr).toContain('flue update daytona --write --force\n');
		expect(readTree(cwd)).toEqual(before);
	});

	test('is compared with the one that would take its place', async () => {
		const { stdout, exitCode } = await update(addedProject('2.1.0', content), ['--diff']);
		expect(exitCode).toBe(3);
		expect(stdout).toContain(`--- a/${CONNECTOR}\n+++ b/${CONNECTOR}\n`);
		expect(stdout).toContain(`+${NEW.split('\n')[0]}\n`);
	});

	test('is replaced with --force, and kept beside', async () => {
		const cwd = addedProject('2.1.0', content);
		expect((await update(cwd, ['--write', '--force'])).exitCode).toBe(0);
		expect([readFile(cwd), readFile(cwd, `${CONNECTOR}.orig`)]).toEqual([NEW, content]);
	});

	test('is for the user to decide about, says the text for an agent', async () => {
		const { stdout } = await update(addedProject('2.1.0', content), []);
		expect(stdout).toContain(`Do not change \`${CONNECTOR}\``);
		expect(readFences(stdout).map(({ info }) => info)).toEqual(['sh shortcut']);
	});
});

describe('the previews', () => {
	test.each([
		['untouched', OLD],
		['edited', withMethod(OLD)],
	])('of an update of an %s file change nothing, and are what a write does', async (_, content) => {
		const cwd = addedProject('2.1.0', content);
		const before = readTree(cwd);
		const dry = await update(cwd, ['--dry-run']);
		const report = JSON.parse((await update(cwd, ['--dry-run', '--json'])).stdout);
		const diff = await update(cwd, ['--diff']);
		expect([dry.exitCode, diff.exitCode]).toEqual([0, 0]);
		expect(dry.stderr).toContain('Do it:  flue update daytona --write\n');
		expect(readTree(cwd)).toEqual(before);
		await update(cwd, ['--write']);
		const written = readFile(cwd);
		expect(report.changes).toEqual([
			{ path: CONNECTOR, action: content === OLD ? 'update' : 'merge', bytes: written.length, sha256: sha256(written) },
		]);
	});

	test('give a patch that git apply takes in a workspace member', async () => {
		const root = temporaryFolder({ 'package.json': { private: true, workspaces: ['apps/*'] } });
		writeFiles(join(root, 'apps/bot'), addedFiles('2.1.0', withMethod(OLD)));
		rmSync(join(root, 'apps/bot/.git'), { recursive: true });
		execFileSync('git', ['init', '-q'], { cwd: root });
		const cwd = join(root, 'apps/bot');
		const { stdout } = await update(cwd, ['--diff']);
		execFileSync('git', ['apply'], { cwd, input: Buffer.from(stdout) });
		expect(readFile(cwd)).toBe(withMethod(NEW));
	});
});

describe('the SDK', () => {
	const tooOld: Files = {
		'package.json': { dependencies: { '@flue/runtime': '2.1.0', '@daytona/sdk': '0.100.0' } },
		...installed({ '@daytona/sdk': '0.100.0' }),
	};

	test('is raised when it is too old for the template', async () => {
		const [cwd, bin] = [addedProject('2.1.0', OLD, tooOld), npmBin()];
		const { stderr, exitCode } = await update(cwd, ['--write', '--yes'], { bin });
		expect(exitCode).toBe(0);
		expect(readCalls(bin, 'npm').map(({ args }) => args)).toEqual([
			['install', '--no-audit', '--no-fund', '@daytona/sdk@^0.216.0'],
		]);
		expect(stderr).toContain('installed @daytona/sdk@^0.216.0 with npm (package-lock.json)');
	});

	test('is raised even where the file needs nothing', async () => {
		const [cwd, bin] = [addedProject('2.1.0', NEW, tooOld), npmBin()];
		expect((await update(cwd, [], { bin })).stdout).toContain(`Change nothing: \`${CONNECTOR}\` is up to date.`);
		expect((await update(cwd, ['--write'], { bin })).exitCode).toBe(0);
		expect(readCalls(bin, 'npm')).toHaveLength(1);
		expect(readFile(cwd)).toBe(NEW);
	});

	test('is left to the user with --no-install', async () => {
		const [cwd, bin] = [addedProject('2.1.0', OLD, tooOld), npmBin()];
		const { stderr, exitCode } = await update(cwd, ['--write', '--no-install'], { bin });
		expect({ exitCode, calls: readCalls(bin, 'npm') }).toEqual({ exitCode: 0, calls: [] });
		expect(stderr).toContain('Install @daytona/sdk@^0.216.0.');
	});

	test('leaves the connector as it was when the SDK cannot be installed', async () => {
		const [cwd, bin] = [addedProject('2.1.0', OLD, tooOld), npmBin(`declare('half', '1'); process.exit(1);`)];
		const { stderr, exitCode } = await update(cwd, ['--write'], { bin });
		expect(exitCode).toBe(4);
		expect(stderr).toContain('npm ended with exit code 1.');
		expect(readFile(cwd)).toBe(OLD);
	});
});

describe('what cannot be updated', () => {
	test.each([[['update', 'daytona', '--write']], [['update', '--write']]])(
		'%s names the way on where nothing was added',
		async (args) => {
			const cwd = addedProject('2.1.0', NEW);
			rmSync(join(cwd, CONNECTOR));
			const before = readTree(cwd);
			const { stderr, exitCode } = await flue(args, { cwd });
			expect(exitCode).toBe(2);
			expect(stderr).toMatch(/^Nothing to update: .*\n.*flue add/);
			expect(readTree(cwd)).toEqual(before);
		},
	);

	test('is a file of a project in which nothing tells what it has to fit', async () => {
		const cwd = addedProject('2.1.0', NEW, { 'package.json': {} });
		rmSync(join(cwd, 'node_modules/@flue'), { recursive: true });
		const { stderr, exitCode } = await update(cwd, ['--write']);
		expect(exitCode).toBe(2);
		expect(stderr).toContain('There is no @flue/runtime in this project');
		expect(stderr).toContain('--runtime 2.1.0');
		expect(readFile(cwd)).toBe(NEW);
	});

	test.each([[['--print', '--write']], [['--dry-run', '--diff']]])('is told from %s, as by flue add', async (args) => {
		expect((await update(addedProject('2.1.0', NEW), args)).exitCode).toBe(2);
	});
});

describe('the text for a coding agent', () => {
	const patchIn = (markdown: string) => readFences(markdown).find(({ info }) => info === 'diff patch')?.text ?? '';
	const sha256In = (markdown: string) => /The sha256 of `.*` is then `([0-9a-f]{64})`/.exec(markdown)?.[1];

	test('says what changes and why, in words', async () => {
		const { stdout, stderr, exitCode } = await update(addedProject('2.1.0', OLD), []);
		expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
		expect(stdout).toMatch(/^[\n\x20-\x7E\t]*$/);
		expect(stdout).toContain(
			'* The file was made for @flue/runtime 0.9.0, and this project has @flue/runtime 2.1.0 (installed).',
		);
		expect(stdout).toContain('deadlines in seconds as `timeout`');
		expect(stdout).toContain('deadlines in milliseconds as `timeoutMs`');
		expect(stdout).toContain('flue update daytona --write --yes\n');
		expect(stdout).toContain('The file has no edits of the user: nothing in it is to be kept.');
	});

	test.each([
		['untouched', OLD],
		['edited', `${OLD}\nexport const mine = 1;\n`],
	])('has a patch after which the %s file is what --write makes of it', async (_, content) => {
		const [byAgent, byTool] = [addedProject('2.1.0', content), addedProject('2.1.0', content)];
		rmSync(join(byAgent, '.git'), { recursive: true });
		execFileSync('git', ['init', '-q'], { cwd: byAgent });
		const { stdout } = await update(byAgent, []);
		execFileSync('git', ['apply'], { cwd: byAgent, input: patchIn(stdout) });
		await update(byTool, ['--write']);
		expect(readFile(byAgent)).toBe(readFile(byTool));
		expect(sha256(readFile(byAgent))).toBe(sha256In(stdout));
		const [verify = ''] = readFences(stdout)
			.filter(({ info }) => info === 'sh verify')
			.map(({ text }) => text);
		expect(execFileSync('sh', ['-c', verify], { cwd: byAgent, env: plainEnv(), encoding: 'utf8' }).trim()).toBe(
			sha256In(stdout),
		);
	});

	test("shows which lines are the user's, and not what is in them", async () => {
		const content = withMethod(OLD);
		const { stdout } = await update(addedProject('2.1.0', content), []);
		const first = content.slice(0, content.indexOf(OWN_METHOD)).split('\n').length;
		expect(stdout).toContain(
			`The user wrote or changed these lines of \`${CONNECTOR}\`: ${first}-${first + 2}. Keep them.`,
		);
		expect(stdout).not.toContain('trimEnd');
		expect(sha256In(stdout)).toBe(sha256(withMethod(NEW)));
	});

	test('leaves what both sides changed to judgement', async () => {
		const { stdout, exitCode } = await update(addedProject('2.1.0', withClash(OLD)), []);
		expect(exitCode).toBe(0);
		expect(stdout).toContain('The user changed some of the same lines');
		expect(patchIn(stdout)).not.toContain('return await');
		expect(sha256In(stdout)).toBeUndefined();
	});

	test('gives the whole file where it was formatted in a way that no patch can show', async () => {
		const { stdout } = await update(addedProject('2.1.0', OLD.replaceAll('\n', '\r\n')), []);
		const file = readFences(stdout).find(({ info }) => info.startsWith('ts file='));
		expect(file?.text).toBe(NEW);
	});

	test('never asks for TypeScript in a file of JavaScript, and no update writes it', async () => {
		const files = {
			'package.json': { name: 'bot', dependencies: { '@flue/runtime': '2.1.0', '@daytona/sdk': '^0.216.0' } },
			'.flue/connectors/daytona.js': withMethod(OLD),
		};
		const cwd = temporaryFolder(files);
		const { stdout } = await update(cwd, []);
		expect(stdout).toContain(
			'Do not change `.flue/connectors/daytona.js`: it is JavaScript, and this tool writes TypeScript.',
		);
		expect(stdout).not.toContain('--force');
		expect((await update(cwd, ['--write', '--force'])).exitCode).toBe(3);
		expect(readFile(cwd, '.flue/connectors/daytona.js')).toBe(withMethod(OLD));
	});

	test('names the file of --path in every command', async () => {
		const cwd = addedProject('2.1.0', NEW, { 'lib/daytona.ts': BY_HAND });
		const args = ['--path', 'lib/daytona.ts'];
		const { stdout, stderr } = await update(cwd, [...args, '--print', '--no-install']);
		const flags = '--path lib/daytona.ts --no-install';
		const commands = Array.from(stdout.matchAll(/flue (?:update|check) daytona[^`\n]*/g), ([command]) => command);
		expect(commands).toEqual(
			expect.arrayContaining([
				`flue update daytona --diff ${flags}`,
				`flue update daytona --write --force ${flags}`,
				'flue check daytona --path lib/daytona.ts',
			]),
		);
		expect(commands.filter((command) => !command.includes('--path lib/daytona.ts'))).toEqual([]);
		expect(stderr).toContain(`There is a daytona connector: \`${CONNECTOR}\`. \`lib/daytona.ts\` is a second one.`);
		const { stderr: written } = await update(cwd, [...args, '--write', '--force', '--no-install']);
		expect(written).toContain('Check it:  flue check daytona --path lib/daytona.ts\n');
		expect(readFile(cwd)).toBe(NEW);
	});

	test('names what is kept where --force asks for all to be replaced', async () => {
		const { stdout } = await update(addedProject('2.1.0', withMethod(OLD)), ['--print', '--force']);
		expect(stdout).toContain(`First copy \`${CONNECTOR}\` to \`${CONNECTOR}.orig\``);
		expect(readFences(stdout).find(({ info }) => info.startsWith('ts file='))?.text).toBe(NEW);
	});

	test('is the same every time, and changes nothing', async () => {
		const cwd = addedProject('2.1.0', withMethod(OLD));
		const before = readTree(cwd);
		const [one, two] = await Promise.all([
			update(cwd, []),
			update(cwd, ['--print'], { env: { CLAUDECODE: '1', CI: 'true' } }),
		]);
		expect(one.stdout).toBe(two.stdout);
		expect(readTree(cwd)).toEqual(before);
	});
});

test('names the project in the commands when it is not the folder that the user is in', async () => {
	const cwd = addedProject('2.1.0', OLD);
	const elsewhere = temporaryFolder();
	cpSync(cwd, join(elsewhere, 'bot'), { recursive: true });
	const { stderr } = await flue(['update', '--dry-run', '-C', 'bot'], { cwd: elsewhere });
	expect(stderr).toContain('Do it:  flue update daytona --write -C bot\n');
});
