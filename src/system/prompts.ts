import { isCancel, log, select } from '@clack/prompts';
import type { World } from '../add.ts';
import { wantsPlainText } from '../audience.ts';
import type { CodingAgentName } from '../coding-agents.ts';
import { Cancelled } from '../errors.ts';
import { foundLines } from '../found-words.ts';
import { ANSWERED, PACKAGE_MANAGER_NAMES, type PackageManager } from '../package-managers.ts';
import type { Prospect } from '../prospect.ts';
import { outliveReaders } from './output.ts';
import { choosePlainly } from './plain-prompts.ts';

export interface Question<T extends string> {
	readonly message: string;
	readonly options: readonly { readonly value: T; readonly label: string }[];
}

type Asker = Pick<World, 'env' | 'interruption'>;

/** stdout belongs to programs: every question goes to the terminal by way of stderr. */
const output = process.stderr;

outliveReaders(output);

const GUIDE_WIDTH = 3;

const LONGEST_LINE = 80;

async function choose<T extends string>(question: Question<T>, { env, interruption: { signal } }: Asker): Promise<T> {
	if (wantsPlainText(env)) return choosePlainly(question, signal);
	const { message, options } = question;
	const answer: unknown = await select<string>({ message, options: [...options], output, signal });
	if (isCancel(answer)) throw new Cancelled();
	return answer as T;
}

function showFound(prospect: Prospect, { env }: Asker): void {
	const isPlain = wantsPlainText(env);
	const width = Math.min(output.columns || LONGEST_LINE, LONGEST_LINE) - 1;
	const lines = foundLines(prospect, isPlain ? width : width - GUIDE_WIDTH);
	if (isPlain) output.write(`${lines.join('\n')}\n`);
	else log.message(lines, { output, spacing: 0 });
}

export async function askWhatToDo(
	prospect: Prospect,
	agents: readonly CodingAgentName[],
	asker: Asker,
): Promise<'write' | 'print' | CodingAgentName> {
	showFound(prospect, asker);
	const options = [
		{ value: 'write', label: 'Write it now' },
		...agents.map((agent) => ({ value: agent, label: `Hand it to ${agent}` })),
		{ value: 'print', label: 'Print the instructions' },
	] as const;
	return choose<'write' | 'print' | CodingAgentName>({ message: 'What shall be done?', options }, asker);
}

export async function confirmWrite(prospect: Prospect, asker: Asker): Promise<boolean> {
	showFound(prospect, asker);
	const options = [
		{ value: 'yes', label: 'Yes, write it' },
		{ value: 'no', label: 'No, change nothing' },
	] as const;
	return (await choose<'yes' | 'no'>({ message: 'Go ahead?', options }, asker)) === 'yes';
}

export async function askPackageManager(lockfiles: string, asker: Asker): Promise<PackageManager> {
	const message = `Which package manager does this project use? There are ${lockfiles}.`;
	const options = PACKAGE_MANAGER_NAMES.map((name) => ({ value: name, label: name }));
	return { name: await choose({ message, options }, asker), yarn: undefined, from: ANSWERED };
}
