import { execa } from 'execa';
import { expect, test } from 'vitest';
import { CONNECTORS } from '../src/connectors/index.ts';
import { CODING_AGENT_NAMES } from '../src/ecosystem/coding-agents.ts';
import { fakeAgent, readAgentCall } from './support/fake-agent.ts';
import { BIN, flue, plainEnv } from './support/flue.ts';
import { readPage } from './support/pages.ts';
import { FLUE_0_7 } from './support/sample-projects.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const README = readPage('README.md');

test.each([[], ['add'], ['update'], ['check']])(
	'begins the help with examples, in 80 columns, and is in the documentation: flue %s',
	async (...command) => {
		const { stdout, stderr, exitCode } = await flue([...command, '--help'], { cwd: temporaryFolder() });
		expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
		expect(stdout).toMatch(/^Examples:\n {2}flue /);
		expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
		expect(readPage(command.length === 0 ? 'README.md' : 'docs/command-line.md')).toContain(
			`\`flue ${[...command, '--help'].join(' ')}\`:\n\n\`\`\`text\n${stdout.trimEnd()}\n\`\`\`\n`,
		);
	},
);

test.each(['--print', '--agent', '--write', '--dry-run', '--diff'])(
	'names %s in the examples of flue add, or in its options',
	async (flag) => {
		const { stdout } = await flue(['help', 'add'], { cwd: temporaryFolder() });
		expect(stdout).toContain(flag);
		expect(README).toContain(`\`${flag}`);
	},
);

test.each([
	['claude', ['-p', '--permission-mode', 'auto']],
	[
		'codex',
		[
			'exec',
			'-s',
			'workspace-write',
			'-c',
			'sandbox_workspace_write.network_access=true',
			'--add-dir',
			'/home/.npm',
			'-',
		],
	],
	['opencode', ['run', '--auto']],
	['pi', []],
	['copilot', ['--allow-all-tools']],
	['cline', []],
	['gemini', ['--yolo', '-p', 'Run this: flue add daytona --write --yes']],
	['qwen', ['--yolo', '-p', 'Run this: flue add daytona --write --yes']],
	['cursor-agent', ['-p', '--trust', '--force']],
])('names a line for a place without a terminal that a shell takes as it is: %s', async (name, args) => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
	const { stdout: help } = await flue(['add', '--help'], { cwd });
	const lines = help.replaceAll(/ *\\\n\s+/g, ' ').split('\n');
	const line =
		lines.find((one) => one.startsWith(`  flue add daytona | ${name}`) || one.startsWith(`  ${name} `)) ?? '';
	fakeAgent(bin, name, 'process.stdin.pipe(process.stdout);');
	const command = line.trim().replace(/^flue/, `"${process.execPath}" "${BIN}"`);
	const { stdout } = await execa('/bin/sh', ['-c', command], {
		cwd,
		env: plainEnv({ PATH: bin, HOME: '/home' }),
		extendEnv: false,
		stdin: 'ignore',
	});
	if (line.includes('|')) expect(stdout).toContain('# Add the Daytona connector');
	expect(readAgentCall(bin, name)?.args).toEqual(args);
});

test('tells about every agent in the help, and which line is for a terminal', async () => {
	const { stdout } = await flue(['add', '--help'], { cwd: temporaryFolder() });
	for (const name of CODING_AGENT_NAMES)
		expect(stdout).toMatch(new RegExp(`^  (?:flue add daytona \\| )?${name}\\b`, 'm'));
	expect(stdout).toContain('"flue add daytona | claude" works at a terminal too.');
	expect(stdout).toContain('Without a terminal,');
});

test('lists the connectors in a table for people when none is named', async () => {
	const { stdout, exitCode } = await flue(['add'], { cwd: temporaryFolder() });
	expect(exitCode).toBe(0);
	const [head = '', ...rows] = stdout.trimEnd().split('\n');
	expect(head).toMatch(/^NAME +KIND +WHAT IT IS$/);
	for (const { name, kind } of CONNECTORS) expect(rows.join('\n')).toMatch(new RegExp(`^${name} +${kind} +\\S`, 'm'));
	expect(rows.filter((row) => row.length > 80)).toEqual([]);
});

test('lists them as JSON with --json', async () => {
	const { stdout, exitCode } = await flue(['add', '--json'], { cwd: temporaryFolder() });
	expect(exitCode).toBe(0);
	const report = JSON.parse(stdout) as { connectors: object[] };
	expect(report.connectors).toEqual(
		CONNECTORS.map(({ name, kind, summary, website }) => ({ name, kind, summary, website })),
	);
});

test.each([
	['a connector', ['add', 'datona'], 'Did you mean daytona?'],
	['an example', ['add', 'daytona', '--example', 'coding-agnt'], 'Did you mean coding-agent?'],
	['a package manager', ['add', 'daytona', '--package-manager', 'pnmp'], 'Did you mean pnpm?'],
	['a coding agent', ['add', 'daytona', '--agent', 'opncode'], 'Did you mean opencode?'],
	['a flag', ['add', 'daytona', '--wirte'], 'Did you mean --write?'],
	['a command', ['ad', 'daytona'], 'Did you mean add?'],
])('names the nearest one when %s is mistyped', async (_, args, hint) => {
	const { stdout, stderr, exitCode } = await flue(args, { cwd: temporaryFolder(FLUE_0_7) });
	expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
	expect(stderr).toContain(hint);
});

test('names every package manager when none is near', async () => {
	const { stderr, exitCode } = await flue(['add', 'daytona', '--package-manager', 'cargo'], {
		cwd: temporaryFolder(FLUE_0_7),
	});
	expect(exitCode).toBe(2);
	expect(stderr).toContain('There are: npm, pnpm, yarn, bun.');
});

test('shows the help when there is no command, and ends with 2', async () => {
	const { stdout, stderr, exitCode } = await flue([], { cwd: temporaryFolder() });
	expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
	expect(stderr).toContain('Examples:');
});

test.each(CONNECTORS)('names $name in the README', ({ name }) => {
	expect(README).toContain(`flue add ${name}`);
});
