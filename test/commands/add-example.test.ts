import { appendFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { version } from '../../package.json';
import { CONNECTORS } from '../../src/connectors/index.ts';
import { fakeManager, readCalls } from '../support/fake-manager.ts';
import { flue, plainEnv, readTree } from '../support/flue.ts';
import { followInstructions, readFences } from '../support/instructions.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';

const EXAMPLE = '.flue/agents/hello-daytona.ts';

const CONNECTOR = '.flue/connectors/daytona.ts';

function project(runtime: string, files: Files = { '.flue/agents/': '' }, dependencies: object = {}): Files {
	return {
		'package.json': { name: 'bot', private: true, dependencies: { '@flue/runtime': runtime, ...dependencies } },
		...files,
	};
}

/** An npm that does to package.json what the real one does. */
function fakeNpm(): string {
	const bin = temporaryFolder();
	fakeManager(
		bin,
		'npm',
		`for (const spec of process.argv.slice(2)) if (/.@/.test(spec)) declare(...spec.split(/(?<=.)@/));`,
	);
	return bin;
}

/** A project with the example in it. */
async function written(): Promise<string> {
	const cwd = temporaryFolder(FLUE_0_7);
	await flue(['add', 'daytona', '--write', '--no-install', '--example', 'basic'], { cwd });
	return cwd;
}

test('writes the example beside the connector, and ends with the command that runs it', async () => {
	const cwd = temporaryFolder(FLUE_0_7);
	const { exitCode, stderr } = await flue(['add', 'daytona', '--write', '--no-install', '--example', 'basic'], { cwd });
	expect(exitCode).toBe(0);
	expect(stderr).toContain(`created ${EXAMPLE}`);
	expect(stderr).toContain('Run the example:  flue run hello-daytona --target node --id hello-daytona-1 --env .env');
	const content = readFileSync(join(cwd, EXAMPLE), 'utf8');
	expect(content).toContain("import { daytona } from '../connectors/daytona';");
	expect(content).toContain("await session.shell('uname -a')");
});

test('writes no example unless asked for one', async () => {
	const cwd = temporaryFolder(FLUE_0_7);
	await flue(['add', 'daytona', '--write', '--no-install'], { cwd });
	expect(Object.keys(readTree(cwd)).filter((path) => path.endsWith('.ts'))).toEqual([
		'.flue/agents/hello.ts',
		CONNECTOR,
	]);
});

test.each([['--print'], ['--write'], ['--dry-run'], ['--diff'], ['--json', '--print']])(
	'lists the examples where %s gets one that there is not, and changes nothing',
	async (...mode) => {
		const cwd = temporaryFolder(FLUE_0_7);
		const before = readTree(cwd);
		const { exitCode, stdout, stderr } = await flue(['add', 'daytona', ...mode, '--example', 'banana'], { cwd });
		expect(exitCode).toBe(2);
		const words = mode.includes('--json') ? Object.values(JSON.parse(stdout).error).join('\n') : stderr.trimEnd();
		expect(words).toBe('There is no daytona example named "banana".\nThere are: basic, coding-agent, image.');
		expect(readTree(cwd)).toEqual(before);
	},
);

test('names the nearest example too', async () => {
	const { stderr, exitCode } = await flue(['add', 'daytona', '--example', 'images'], {
		cwd: temporaryFolder(FLUE_0_7),
	});
	expect(exitCode).toBe(2);
	expect(stderr).toContain('Did you mean image?');
});

test('names every example in the help', async () => {
	const { stdout } = await flue(['add', '--help'], { cwd: temporaryFolder() });
	for (const name of CONNECTORS.flatMap(({ examples }) => examples)) expect(stdout).toContain(name);
});

test('says in words, as a patch and in JSON what it would write, and writes just that', async () => {
	const cwd = temporaryFolder(project('1.0.0-beta.9'));
	const run = (...flags: string[]) => flue(['add', 'daytona', '--example', 'coding-agent', ...flags], { cwd });
	const before = readTree(cwd);
	const [preview, patch, report] = [await run('--dry-run'), await run('--diff'), await run('--dry-run', '--json')];
	expect(readTree(cwd)).toEqual(before);
	expect(preview.stderr).toMatch(
		/run npm install .*valibot@\S+\s+create \.flue\/connectors\/daytona\.ts\s+create \.flue\/workflows\/code\.ts\n/,
	);
	expect(JSON.parse(report.stdout).changes.map(({ path }: { path: string }) => path)).toEqual([
		CONNECTOR,
		'.flue/workflows/code.ts',
	]);

	await execa('git', ['init', '-q'], { cwd });
	await execa('git', ['apply'], { cwd, input: patch.stdout });
	const applied = readTree(cwd);
	expect((await run('--write', '--no-install')).stderr).toContain('Nothing to write');
	expect(readTree(cwd)).toEqual(applied);
});

test('gives an agent that only copies files and runs commands the same tree as --write', async () => {
	const [byAgent, byTool, bin] = [temporaryFolder(project('2.0.3')), temporaryFolder(project('2.0.3')), fakeNpm()];
	const { stdout } = await flue(['add', 'daytona', '--example', 'coding-agent'], { cwd: byAgent });
	const env = { ...plainEnv(), PATH: `${bin}:${process.env['PATH']}` };
	const run = (command: string) =>
		execa('sh', ['-c', command], { cwd: byAgent, stdin: 'ignore', env, extendEnv: false });
	await followInstructions(stdout, byAgent, async (command) => void (await run(command)));
	await flue(['add', 'daytona', '--write', '--example', 'coding-agent'], { cwd: byTool, bin });
	expect(readTree(byAgent)).toEqual(readTree(byTool));
	expect(readTree(byAgent)['.flue/agents/code.ts']).toContain("'use agent';");

	const sums = readFences(stdout).filter(({ info }) => info === 'sh verify');
	expect(sums).toHaveLength(2);
	for (const { text } of sums) expect(stdout).toContain((await run(text)).stdout);
});

test('shows the example once in the instructions: as the file to write', async () => {
	const { stdout } = await flue(['add', 'daytona', '--example', 'image'], { cwd: temporaryFolder(FLUE_0_7) });
	const infos = readFences(stdout).map(({ info }) => info);
	expect(infos.filter((info) => info.includes('custom-image'))).toEqual(['ts file=".flue/agents/custom-image.ts"']);
	expect(stdout).toContain('## Step 3: write the connector and the example');
	expect(stdout).toContain('flue run custom-image --target node --id custom-image-1 --env .env');
});

test('repeats --example in the commands that it prints', async () => {
	const cwd = temporaryFolder(project('0.11.1'));
	const { stdout } = await flue(['add', 'daytona', '--example', 'basic'], { cwd });
	const commands = stdout.match(/flue add daytona [^`\n]*/g) ?? [];
	const others = commands.filter((command) => /--print --example (?:coding-agent|image)/.test(command));
	expect(commands.length).toBeGreaterThan(others.length + 1);
	for (const command of commands) if (!others.includes(command)) expect(command).toContain('--example basic');
	const { stderr } = await flue(['add', 'daytona', '--example', 'basic', '--dry-run'], { cwd });
	expect(stderr).toContain('flue add daytona --write --example basic');
});

test.each([
	[{}, 'flue'],
	[{ npm_command: 'exec', npm_config_user_agent: 'npm/10.8.2 node/v22' }, `npx --yes flue-connectors@${version}`],
	[{ npm_command: 'exec', npm_config_user_agent: 'pnpm/10.1.0 node/v22' }, `pnpm dlx flue-connectors@${version}`],
])('names this very program in the commands that serve and run an example, started with %o', async (env, command) => {
	const cwd = temporaryFolder(FLUE_0_7);
	const printed = await flue(['add', 'daytona', '--print'], { cwd, env });
	const shown = readFences(printed.stdout).find(({ info }) => info === 'sh example');
	const run = `${command} run hello-daytona --target node --id hello-daytona-1 --env .env`;
	expect(shown?.text).toBe(`${command} dev --target node --env .env\n${run}\n`);
	const written = await flue(['add', 'daytona', '--write', '--no-install', '--example', 'basic'], { cwd, env });
	expect(written.stderr).toContain(`Run the example:  ${run}\n`);
});

test('names the folder in the command that serves the example, where it was started in another', async () => {
	const cwd = temporaryFolder({
		'app/package.json': { name: 'bot', type: 'module', dependencies: { '@flue/runtime': '0.8.1' } },
		'app/.flue/agents/': '',
		'app/wrangler.jsonc': { name: 'bot' },
	});
	const { stderr } = await flue(['add', 'daytona', '--write', '--no-install', '--example', 'basic', '-C', 'app'], {
		cwd,
	});
	expect(stderr).toContain('Serve the example in workerd:  flue -C app dev --target cloudflare\n');
});

test('names the folder in the command that runs the example, where it was started in another', async () => {
	const cwd = temporaryFolder(
		Object.fromEntries(Object.entries(FLUE_0_7).map(([path, content]) => [`my app/${path}`, content])),
	);
	const { stderr } = await flue(['add', 'daytona', '--write', '--no-install', '--example', 'basic', '-C', 'my app'], {
		cwd,
	});
	expect(stderr).toContain(
		'Run the example:  flue -C "my app" run hello-daytona --target node --id hello-daytona-1 --env .env\n',
	);
});

describe('where a file is in the place of the example', () => {
	test('one that a formatter has touched is left as it is', async () => {
		const cwd = await written();
		const formatted = readFileSync(join(cwd, EXAMPLE), 'utf8')
			.replaceAll("'", '"')
			.replaceAll(';\n', '\r\n')
			.replaceAll('\t', '  ');
		writeFileSync(join(cwd, EXAMPLE), formatted);
		const { exitCode, stderr } = await flue(['add', 'daytona', '--write', '--no-install', '--example', 'basic'], {
			cwd,
		});
		expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('Nothing to write') });
		expect(readFileSync(join(cwd, EXAMPLE), 'utf8')).toBe(formatted);
	});

	test.each(['--write', '--dry-run', '--diff'])(
		'one that differs is a conflict for %s, and nothing is changed',
		async (mode) => {
			const cwd = temporaryFolder({ ...FLUE_0_7, [EXAMPLE]: 'export default 1;\n' });
			const before = readTree(cwd);
			const { exitCode, stderr } = await flue(['add', 'daytona', mode, '--example', 'basic'], { cwd });
			expect(exitCode).toBe(3);
			expect(stderr).toContain(`${EXAMPLE} is there already, and is not the example.`);
			expect(stderr).toContain('flue add daytona --write --force --example basic');
			expect(readTree(cwd)).toEqual(before);
		},
	);

	test('one that differs gives way to --force, and is kept beside it', async () => {
		const cwd = await written();
		appendFileSync(join(cwd, EXAMPLE), '// mine\n');
		const mine = readFileSync(join(cwd, EXAMPLE), 'utf8');
		const { exitCode } = await flue(['add', 'daytona', '--write', '--no-install', '--force', '--example', 'basic'], {
			cwd,
		});
		expect(exitCode).toBe(0);
		expect(readFileSync(join(cwd, `${EXAMPLE}.orig`), 'utf8')).toBe(mine);
		expect(readFileSync(join(cwd, EXAMPLE), 'utf8')).not.toContain('// mine');
	});
});

describe('what the example imports temporaryPath the SDK', () => {
	test('is installed with it, in one run', async () => {
		const [cwd, bin] = [temporaryFolder(project('2.0.3')), fakeNpm()];
		await flue(['add', 'daytona', '--write', '--example', 'coding-agent'], { cwd, bin });
		expect(readCalls(bin, 'npm').map(({ args }) => args.slice(-2))).toEqual([
			['@daytona/sdk@^0.216.0', 'valibot@^1.1.0'],
		]);
	});

	test('is not installed where the example has no need of it', async () => {
		const { stdout } = await flue(['add', 'daytona', '--example', 'basic'], { cwd: temporaryFolder(project('2.0.3')) });
		expect(readFences(stdout).find(({ info }) => info === 'sh run')?.text).not.toContain('valibot');
	});

	test.each([
		['^1.0.0', ''],
		[
			'^0.42.0',
			'Warning: valibot >=0.42.0 <0.43.0-0 is too old for the example (>=1.0.0 <2.0.0), and was left alone.\n',
		],
	])('is left alone where the project declares it (%s)', async (range, warning) => {
		const [cwd, bin] = [temporaryFolder(project('2.0.3', { '.flue/agents/': '' }, { valibot: range })), fakeNpm()];
		const { stderr, exitCode } = await flue(['add', 'daytona', '--write', '--example', 'coding-agent'], { cwd, bin });
		expect(exitCode).toBe(0);
		expect(readCalls(bin, 'npm')[0]?.args.join(' ')).not.toContain('valibot');
		expect(stderr.split('\n').filter((line) => line.startsWith('Warning'))).toEqual(
			warning === '' ? [] : [warning.trimEnd()],
		);
	});
});

describe('the place of the example', () => {
	test.each([
		['0.8.1', { 'workflows/old.ts': '' }, 'workflows/hello-daytona.ts', '../connectors/daytona'],
		['0.8.1', { 'workflows/old.ts': '', 'src/app.ts': '' }, 'workflows/hello-daytona.ts', '../connectors/daytona'],
		['0.11.1', { 'src/agents/old.ts': '' }, 'src/workflows/hello-daytona.ts', '../connectors/daytona'],
		[
			'2.1.0',
			{ 'src/agents/old.ts': "'use agent';", 'src/sandboxes/': '' },
			'src/agents/hello-daytona.ts',
			'../sandboxes/daytona',
		],
		['2.1.0', {}, '.flue/agents/hello-daytona.ts', '../connectors/daytona'],
		['0.7.1', {}, '.flue/agents/hello-daytona.ts', '../connectors/daytona'],
	])('in Flue %s with %o is %s', async (runtime, files, path, specifier) => {
		const cwd = temporaryFolder(project(runtime, files));
		await flue(['add', 'daytona', '--write', '--no-install', '--example', 'basic'], { cwd });
		expect(readTree(cwd)[path]).toContain(`from '${specifier}';`);
	});

	test('is never outside of the project', async () => {
		const [cwd, elsewhere] = [temporaryFolder(project('0.8.1', { '.flue/': '' })), temporaryFolder()];
		symlinkSync(elsewhere, join(cwd, '.flue/workflows'));
		const { exitCode, stderr } = await flue(['add', 'daytona', '--write', '--no-install', '--example', 'basic'], {
			cwd,
		});
		expect(exitCode).toBe(2);
		expect(stderr).toContain('leads through a link to a place outside of the package');
		expect(stderr).toContain('leave --example out');
		expect(readTree(elsewhere)).toEqual({});
	});

	test('is refused where a folder has its name', async () => {
		const cwd = temporaryFolder(FLUE_0_7);
		mkdirSync(join(cwd, EXAMPLE));
		const { exitCode, stderr } = await flue(['add', 'daytona', '--write', '--no-install', '--example', 'basic'], {
			cwd,
		});
		expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining(`${EXAMPLE} is a folder`) });
	});
});
