import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { readTree } from '../support/flue.ts';
import { readFences } from '../support/instructions.ts';
import { KEYS, type Terminal } from '../support/terminal.ts';
import { installAgent, type InstalledAgent, REAL_AGENTS, type RealAgentName } from './agents.ts';
import { createJail, findObstacle, type Jail } from './jail.ts';
import { type Act, type Asked, type Model, startModel } from './model.ts';

const NAMES = Object.keys(REAL_AGENTS) as RealAgentName[];
const PATIENCE = 120_000;
const DONE = 'ALL-STEPS-DONE';

const obstacle = findObstacle();
if (obstacle !== undefined) console.log(`The real coding agents are not tried here: ${obstacle}.`);

function commandOf(text: string, info: string): string {
	const fence = readFences(text).find((one) => one.info === info);
	return fence?.text.trim() ?? `echo no "${info}" in the text`;
}

type Way = 'shortcut' | 'by hand';

/** What a model does that follows the instructions: it takes the shortcut, or goes step by step. */
function follow(agent: InstalledAgent, project: string, way: Way, text: string): Act[] {
	if (way === 'shortcut') return [agent.shell(commandOf(text, 'sh shortcut'))];
	const file = readFences(text).find(({ info }) => info.startsWith('ts file='));
	const path = /file="(.*)"/.exec(file?.info ?? '')?.[1] ?? 'no-file-in-the-text';
	return [
		agent.shell(commandOf(text, 'sh run')),
		agent.write(project, path, file?.text ?? ''),
		agent.shell(commandOf(text, 'sh verify')),
	];
}

interface Scene {
	readonly jail: Jail;
	readonly model: Model;
	/** What `flue add daytona` prints there. */
	readonly instructions: string;
	/** The files that `flue add daytona --write --yes` leaves in such a project. */
	readonly written: Readonly<Record<string, string>>;
}

async function setUp(name: RealAgentName, way: Way): Promise<Scene> {
	const agent = await installAgent(name);
	let jail: Jail | undefined;
	const model = await startModel(({ user, results, calls }) => {
		const text = [...user, ...results].find((one) => one.includes('# Add the Daytona connector')) ?? '';
		const said = user.at(-1)?.includes('ARE-YOU-THERE') ? 'I-AM-HERE' : DONE;
		return follow(agent, jail?.project ?? '', way, text)[calls] ?? { say: said };
	});
	const other = createJail(agent, model.socket);
	await other.run('flue add daytona --write --yes');
	jail = createJail(agent, model.socket);
	const { output } = await jail.run('flue add daytona --print');
	return { jail, model, instructions: output, written: readTree(other.project) };
}

/** The agent may strip the space around a message. */
function gotTheWholeText({ asked }: Model, instructions: string): boolean {
	return asked.some(({ user }: Asked) => user.some((text) => text.includes(instructions.trim())));
}

async function until(terminal: Terminal, what: string, holds: () => boolean): Promise<void> {
	for (const deadline = Date.now() + PATIENCE; !holds(); await sleep(50))
		if (Date.now() > deadline) throw new Error(`${what} does not come:\n${terminal.screen()}`);
}

/** Real agents ask the terminal for its colours and its cursor, and wait for an answer. */
function openAnswering(jail: Jail, line: string): Terminal {
	const terminal = jail.open(`${line}; code=$?; stty -a; exit $code`);
	terminal.emulator.onData((reply) => terminal.press(reply));
	return terminal;
}

async function say(terminal: Terminal, words: string): Promise<void> {
	terminal.press(words);
	await until(terminal, words, () => terminal.text().includes(words));
	await sleep(300);
	terminal.press(KEYS.enter);
}

/** How a terminal is when a program leaves it as it found it. */
function expectSane(terminal: Terminal): void {
	const { modes, buffer } = terminal.emulator;
	expect(buffer.active.type).toBe('normal');
	expect(modes).toMatchObject({
		mouseTrackingMode: 'none',
		bracketedPasteMode: false,
		applicationCursorKeysMode: false,
	});
	expect(terminal.output().lastIndexOf('\x1B[?25h')).toBeGreaterThanOrEqual(terminal.output().lastIndexOf('\x1B[?25l'));
	for (const setting of ['icanon', 'echo', 'isig', 'icrnl', 'opost'])
		expect(terminal.text()).toMatch(new RegExp(`(?<!-)\\b${setting}\\b`));
}

/** The line of `flue add --help` that pipes the instructions to the agent where there is no terminal. */
async function pipeOfHelp({ jail }: Scene, name: RealAgentName): Promise<string> {
	const { output } = await jail.run('flue add --help');
	const lines = output.replaceAll(/ *\\\n\s+/g, ' ').split('\n');
	const line = lines.findLast((one) => one.trim().startsWith(`flue add daytona | ${name}`));
	if (line === undefined) throw new Error(`The help has no pipe to ${name}.`);
	return line.trim();
}

/** What the pipe of the seed page does at a terminal: whether the agent works, and whether a person can type to it. */
const SEED_PIPES = {
	claude: { works: true, keyboard: true },
	codex: { works: false, keyboard: false },
	opencode: { works: true, keyboard: false },
	pi: { works: true, keyboard: false },
} as const satisfies Record<RealAgentName, object>;

describe.skipIf(obstacle !== undefined).each(NAMES)('%s', (name) => {
	test.each(['shortcut', 'by hand'] as const)('does the whole work behind the pipe of the help: %s', async (way) => {
		const scene = await setUp(name, way);
		const { output, exitCode } = await scene.jail.run(await pipeOfHelp(scene, name));
		expect(output).toContain(DONE);
		expect(exitCode).toBe(0);
		expect(gotTheWholeText(scene.model, scene.instructions)).toBe(true);
		expect(readTree(scene.jail.project)).toEqual(scene.written);
	});

	test.each(['shortcut', 'by hand'] as const)(
		'does it at a terminal when flue starts it, and keeps the keyboard: %s',
		async (way) => {
			const { jail, model, instructions, written } = await setUp(name, way);
			const terminal = openAnswering(jail, `flue add daytona --agent ${name}`);
			await until(terminal, DONE, () => terminal.text().includes(DONE));
			expect(gotTheWholeText(model, instructions)).toBe(true);
			expect(readTree(jail.project)).toEqual(written);
			await say(terminal, 'ARE-YOU-THERE');
			await until(terminal, 'an answer', () => terminal.text().includes('I-AM-HERE'));
			await say(terminal, REAL_AGENTS[name].quit);
			expect(await terminal.ended()).toBe(0);
			expectSane(terminal);
		},
	);

	test('leaves the terminal as it was when flue is told to end', async () => {
		const { jail } = await setUp(name, 'shortcut');
		const end = '(until [ -e end ]; do sleep 0.1; done; kill -TERM "$(cat pid)") &';
		const terminal = openAnswering(jail, `${end} sh -c 'echo $$ > pid; exec flue add daytona --agent ${name}'`);
		await until(terminal, DONE, () => terminal.text().includes(DONE));
		writeFileSync(join(jail.project, 'end'), '');
		await terminal.ended();
		expectSane(terminal);
	});

	test('does behind the pipe of the seed page what its documentation here says', async () => {
		const { jail, model, instructions, written } = await setUp(name, 'shortcut');
		const terminal = openAnswering(jail, `flue add daytona | ${name}`);
		const { works, keyboard } = SEED_PIPES[name];
		if (!works) {
			await terminal.shows('stdin is not a terminal');
			expect(await terminal.ended()).toBe(1);
			expect(readTree(jail.project)).toEqual(jail.before);
			return;
		}
		await until(terminal, DONE, () => terminal.text().includes(DONE));
		expect(gotTheWholeText(model, instructions)).toBe(true);
		expect(readTree(jail.project)).toEqual(written);
		if (!keyboard) return;
		await say(terminal, 'ARE-YOU-THERE');
		await until(terminal, 'an answer', () => terminal.text().includes('I-AM-HERE'));
		await say(terminal, REAL_AGENTS[name].quit);
		expect(await terminal.ended()).toBe(0);
		expectSane(terminal);
	});
});
