import { confirm, isCancel, log, select } from '@clack/prompts';
import { PACKAGE_MANAGER_NAMES, type PackageManager, type PackageManagerName } from '../package-managers.ts';
import type { Prospect } from '../prospect.ts';
import { Cancelled } from '../errors.ts';
import { stepWords } from '../words.ts';

/** stdout belongs to programs: every question goes to the terminal by way of stderr. */
const output = process.stderr;

function answered<T extends string | boolean>(answer: T | symbol): T {
	if (isCancel(answer)) throw new Cancelled();
	return answer as T;
}

function showSteps(prospect: Prospect): void {
	log.message([`${prospect.plan.title}: a write would, in this order`, ...stepWords(prospect)].join('\n  '), { output });
}

export async function askWhatToDo(prospect: Prospect, signal: AbortSignal): Promise<'write' | 'print'> {
	showSteps(prospect);
	const answer = await select<'write' | 'print'>({
		message: 'What shall be done?',
		options: [
			{ value: 'write', label: 'Write it now' },
			{ value: 'print', label: 'Print the instructions for a coding agent' },
		],
		output,
		signal,
	});
	return answered<'write' | 'print'>(answer);
}

export async function confirmWrite(prospect: Prospect, signal: AbortSignal): Promise<boolean> {
	showSteps(prospect);
	return answered<boolean>(await confirm({ message: 'Go ahead?', output, signal }));
}

export async function askPackageManager(lockfiles: string, signal: AbortSignal): Promise<PackageManager> {
	const name = await select({
		message: `Which package manager does this project use? There are ${lockfiles}.`,
		options: PACKAGE_MANAGER_NAMES.map((value) => ({ value, label: value })),
		output,
		signal,
	});
	return { name: answered<PackageManagerName>(name), yarn: undefined, from: 'your answer' };
}
