import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { addedFiles, connectorFile } from '../support/added-project.ts';
import { readTree } from '../support/flue.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import {
	type Call,
	damage,
	type Fault,
	leftovers,
	quickNpm,
	readReference,
	type Reference,
	run,
	type Tree,
	withoutLeftovers,
	withProject,
	type WritingCommand,
} from './support/faulty-run.ts';
import { inParallel } from './support/in-parallel.ts';

const CONNECTOR = '.flue/connectors/daytona.ts';

const MINE = `${'// mine\n'.repeat(2000)}export {};\n`;

const CODES = ['ENOSPC', 'EACCES', 'EROFS', 'EIO', 'EMFILE'];

/** The runtime was raised since the connector was added, and its package was taken out. */
const OUT_OF_DATE = {
	...addedFiles('2.1.0', connectorFile('0.6.0')),
	'package.json': { name: 'bot', type: 'module', dependencies: { '@flue/runtime': '2.1.0' } },
	'.env.example': 'ANTHROPIC_API_KEY=\n',
};

/** Every command that writes: one line adds one. */
const COMMANDS: Readonly<Record<string, WritingCommand>> = {
	'add --write': { args: ['add', 'daytona', '--write'], files: FLUE_0_7 },
	'add --write, of which the install fails': { args: ['add', 'daytona', '--write'], files: FLUE_0_7, npmEnds: 1 },
	'add --write --force': {
		args: ['add', 'daytona', '--write', '--force'],
		files: { ...FLUE_0_7, [CONNECTOR]: MINE },
		fromTheStart: true,
	},
	'update --write': { args: ['update', 'daytona', '--write'], files: OUT_OF_DATE, fromTheStart: true },
};

function onward(
	{ fromTheStart = false }: WritingCommand,
	calls: readonly Call[],
	faults: readonly Fault[],
): readonly Fault[] {
	const first = fromTheStart ? 1 : calls.findIndex(({ changing }) => changing) + 1;
	return faults.filter(({ at = 0 }) => at >= first);
}

function moments(calls: readonly Call[]): Fault[] {
	return calls.flatMap(({ changing, name }, index) => {
		const at = index + 1;
		const within = name === 'writeSync' || name === 'copyFileSync' ? [{ at, action: 'kill-within' } as const] : [];
		return [
			{ at, action: 'kill-before' } as const,
			...within,
			...(changing || name === 'openSync' ? [{ at, action: 'kill-after' } as const] : []),
		];
	});
}

/** A call that only looks fails in one way each; one that changes something fails in every way, once and from then on. */
function failures(calls: readonly Call[]): Fault[] {
	return calls.flatMap(({ changing }, index) => {
		const [at, code] = [index + 1, CODES[index % CODES.length] ?? ''];
		if (!changing) return [{ at, code, action: 'fail' } as const];
		return [
			...CODES.map((each) => ({ at, code: each, action: 'fail' }) as const),
			{ at, code, action: 'fail-from' } as const,
		];
	});
}

/** The backup of a killed replacement is right already; the next one is kept beside it. */
function withoutSecondBackup(tree: Tree): Tree {
	const { [`${CONNECTOR}.orig.2`]: second, ...rest } = tree;
	return second === undefined || second === MINE ? rest : tree;
}

interface Bins {
	readonly bin: string;
	/** Where the install works. */
	readonly goodBin: string;
}

function differences(tree: Tree, wanted: Tree): string[] {
	return Object.keys({ ...tree, ...wanted }).filter((path) => tree[path] !== wanted[path]);
}

/** What is wrong with the run that follows; where the first one changed nothing, it is the reference again. */
async function problemsOfNextRun(
	root: string,
	command: WritingCommand,
	reference: Reference,
	goodBin: string,
): Promise<string[]> {
	const next = await run(root, command, goodBin);
	const tree = withoutSecondBackup(readTree(root));
	return [
		...(next.exitCode === 0 ? [] : [`the next run ended with ${next.exitCode}: ${next.output}`]),
		...leftovers(tree).map((path) => `the next run leaves ${path}`),
		...differences(withoutLeftovers(tree), reference.after).map(
			(path) => `after the next run ${path} is not as it should be`,
		),
	];
}

/** What is wrong after the fault, and after the run that follows it; empty when nothing is. */
async function problemsAfter(
	fault: Fault,
	command: WritingCommand,
	reference: Reference,
	{ bin, goodBin }: Bins,
): Promise<string[]> {
	return await withProject(command.files, async (root) => {
		const { exitCode, signal, output } = await run(root, command, bin, fault);
		const tree = readTree(root);
		const isExpected = fault.action.startsWith('kill') ? signal === 'SIGKILL' : [0, 1, 2, 4].includes(exitCode ?? -1);
		const problems = [
			...(isExpected ? [] : ['that is no ending of its own']),
			...(/^\s+at .*:\d+:\d+/m.test(output) ? ['it crashed'] : []),
			...damage(tree, reference),
			...(exitCode === 0
				? differences(withoutLeftovers(tree), reference.after)
						.filter((path) => !output.includes(`${path} cannot be read, so it is left alone`))
						.map((path) => `it says that it is done, but ${path} is not`)
				: []),
			...(differences(tree, reference.before).length === 0
				? []
				: await problemsOfNextRun(root, command, reference, goodBin)),
		];
		const call = reference.calls[(fault.at ?? 0) - 1]?.name;
		return problems.map(
			(problem) => `${JSON.stringify(fault)} at ${call}: exit ${exitCode ?? signal}: ${problem}\n${output}`,
		);
	});
}

async function tryAll(
	faults: readonly Fault[],
	command: WritingCommand,
	reference: Reference,
	bins: Bins,
): Promise<string[]> {
	const problems: string[] = [];
	await inParallel(
		faults,
		async (fault) => void problems.push(...(await problemsAfter(fault, command, reference, bins))),
	);
	return problems;
}

describe.each(Object.entries(COMMANDS))('%s', (_, command) => {
	const prepare = async () => {
		const [bin, goodBin] = [quickNpm(command.npmEnds), quickNpm()];
		const reference = await readReference(command, goodBin);
		const { calls } = await readReference(command, bin);
		return { reference, calls, bins: { bin, goodBin } };
	};

	test('leaves every file old or new when it is killed, at whatever moment, and the next run succeeds and cleans up', async () => {
		const { reference, calls, bins } = await prepare();
		const faults = onward(command, calls, moments(calls));
		expect(faults.length).toBeGreaterThan(command.fromTheStart ? 200 : 20);
		expect(await tryAll(faults, command, { ...reference, calls }, bins)).toEqual([]);
	});

	test('leaves every file old or new whichever call fails, and the next run succeeds and cleans up', async () => {
		const { reference, calls, bins } = await prepare();
		expect(await tryAll(onward(command, calls, failures(calls)), command, { ...reference, calls }, bins)).toEqual([]);
	});
});

test('writes whole files where the system takes one byte at a time', async () => {
	const [command, bin] = [{ args: ['add', 'daytona', '--write'], files: FLUE_0_7 }, quickNpm()];
	const { after } = await readReference(command, bin);
	await withProject(command.files, async (root) => {
		expect((await run(root, command, bin, { action: 'short-writes' })).exitCode).toBe(0);
		expect(readTree(root)).toEqual(after);
	});
});

interface Run {
	readonly args: readonly string[];
	readonly npmEnds: number;
}

const WRITE = ['add', 'daytona', '--write'];

const PAIRS: Readonly<Record<string, readonly [Run, Run]>> = {
	'the same command twice': [
		{ args: WRITE, npmEnds: 0 },
		{ args: WRITE, npmEnds: 0 },
	],
	'one whose install fails': [
		{ args: WRITE, npmEnds: 1 },
		{ args: WRITE, npmEnds: 0 },
	],
	'two that want different files': [
		{ args: [...WRITE, '--force', '--no-install', '--runtime', '0.7'], npmEnds: 0 },
		{ args: [...WRITE, '--force', '--no-install', '--runtime', '2.1'], npmEnds: 0 },
	],
};

test.each(Object.entries(PAIRS))('two runs at once do no harm to each other: %s', async (_, pair) => {
	const files = { ...FLUE_0_7, [CONNECTOR]: pair[0].args.includes('--force') ? MINE : '' };
	const { [CONNECTOR]: connector, ...others } = files;
	const command = { files: connector === '' ? others : files };
	const bins = pair.map(({ npmEnds }) => quickNpm(npmEnds, 0.1));
	const references = await Promise.all(
		pair.map(async ({ args }) => await readReference({ ...command, args }, quickNpm())),
	);
	for (let round = 0; round < 10; round++) {
		await withProject(command.files, async (root) => {
			const start = async (index: number) => {
				await sleep(index === round % 2 ? 0 : round * 15);
				return await run(root, pair[index]!, bins[index]!);
			};
			const ends = await Promise.all([start(0), start(1)]);
			const tree = withoutSecondBackup(readTree(root));
			const succeeded = references.filter((_, index) => ends[index]?.exitCode === 0);
			const told = ends.map(({ exitCode, output }) => `${exitCode}: ${output}`).join('\n');
			expect(leftovers(tree), told).toEqual([]);
			expect(JSON.parse(tree['package.json'] ?? ''), told).toMatchObject({ name: 'support-bot' });
			const right = succeeded.length > 0 ? succeeded.map(({ after }) => after) : references.map(({ before }) => before);
			const isOurs = (path: string) => !path.includes('.orig.') && !path.startsWith('package');
			const wrong = right.map((wanted) => differences(tree, wanted).filter(isOurs));
			expect(wrong, told).toContainEqual([]);
			expect(
				ends.every(({ exitCode }) => [0, 1, 4].includes(exitCode ?? -1)),
				told,
			).toBe(true);
		});
	}
});
