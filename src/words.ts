import type { Change, Owner } from './changes.ts';
import { specOf } from './connector-packages.ts';
import { nextCommands } from './next-commands.ts';
import { type Outcome, type Result, exitCode } from './outcome.ts';
import { type Plan, packagesToInstall } from './plan.ts';
import { keyPlace } from './key-place.ts';
import type { Prospect } from './prospect.ts';
import { shownCommand } from './shell-words.ts';

/** What goes to each stream; stdout is for programs, stderr for people. */
export interface Words {
	readonly stdout: string;
	readonly stderr: string;
	readonly exitCode: number;
}

const OWNERS = {
	edited: 'has local edits',
	flue: "was written by Flue's own guide, not by this tool",
	other: 'was not written by this tool',
} as const satisfies Record<Owner, string>;

const VERBS = {
	create: 'create',
	update: 'update',
	replace: 'replace',
	conflict: 'keep',
} as const satisfies Record<Change['kind'], string>;

function changeWords(change: Change): string {
	const words = `${VERBS[change.kind]} ${change.path}`;
	if (change.kind === 'replace') return `${words} (yours is kept as ${change.backup})`;
	return change.kind === 'conflict' ? `${words} (it ${OWNERS[change.owner]})` : words;
}

/** What a write does, in its order. */
export function stepWords({ install, changes }: Prospect): string[] {
	const steps = changes.map(changeWords);
	return install === undefined ? steps : [`run ${shownCommand(install.command)}`, ...steps];
}

function conflictWords({ changes }: Prospect): string {
	const conflicts = changes.filter((change) => change.kind === 'conflict');
	return [...conflicts.map(({ path, owner }) => `${path} ${OWNERS[owner]}.`), 'Nothing was changed.'].join('\n');
}

function previewWords(prospect: Prospect): string {
	const steps = stepWords(prospect);
	if (steps.length === 0) return unchangedWords(prospect.plan);
	return [
		'A write would, in this order:',
		...steps.map((step) => `  ${step}`),
		'Nothing was changed.',
	].join('\n');
}

function unchangedWords({ title, files }: Plan): string {
	return `Nothing to do: ${title} is in place (${files.map(({ path }) => path).join(', ')}).`;
}

/** Packages that the user has to install, because `--no-install` was given. */
function leftToInstall({ install, plan }: Prospect): string[] {
	return install === undefined ? packagesToInstall(plan).map((spec) => `Install ${specOf(spec)}.`) : [];
}

function nextSteps(prospect: Prospect): string[] {
	const { plan, project } = prospect;
	const required = plan.env.filter((key) => key.required);
	return [
		...leftToInstall(prospect),
		...required.map(({ name, description }) => `Set ${name} (${description}): ${keyPlace(project)}.`),
		`Use it in an agent:  import { ${plan.connector} } from '${plan.importSpecifier}';`,
	];
}

const PAST = { create: 'created', update: 'updated', replace: 'replaced', conflict: 'kept' } as const;

function writtenWords(outcome: Outcome & { status: 'written' }, prospect: Prospect): string {
	const { install, plan } = prospect;
	const did = outcome.changes.map((change) =>
		change.kind === 'replace'
			? `replaced ${change.path}, and kept yours as ${change.backup}`
			: `${PAST[change.kind]} ${change.path}`,
	);
	const installed = packagesToInstall(plan).map(specOf).join(' ');
	return [
		`${plan.title} is connected to this project.`,
		...(install === undefined ? [] : [`  installed ${installed} with ${install.manager.name} (${install.manager.from})`]),
		...did.map((line) => `  ${line}`),
		...outcome.notes,
		'Next:',
		...nextSteps(prospect).map((step) => `  ${step}`),
	].join('\n');
}

function cancelledWords({ complete, notRestored }: Outcome & { status: 'cancelled' }): string {
	if (complete) return 'Interrupted, after everything was written.';
	return ['Cancelled.', ...(notRestored.length === 0 ? ['Every file is as it was before.'] : notRestored)].join('\n');
}

function comparedWords(prospect: Prospect): string {
	if (stepWords(prospect).length === 0) return unchangedWords(prospect.plan);
	return prospect.install === undefined ? '' : `A write would first run ${shownCommand(prospect.install.command)}`;
}

function outcomeWords({ outcome, prospect }: Result): string {
	if ('message' in outcome) return [outcome.message, outcome.hint].filter((line) => line !== undefined).join('\n');
	if (outcome.status === 'cancelled') return cancelledWords(outcome);
	if (prospect === undefined || outcome.status === 'shown' || outcome.status === 'printed') return '';
	if (exitCode({ outcome, prospect }) === 3) return conflictWords(prospect);
	if (outcome.status === 'written') return writtenWords(outcome, prospect);
	if (outcome.status === 'previewed') return previewWords(prospect);
	return outcome.status === 'compared' ? comparedWords(prospect) : unchangedWords(prospect.plan);
}

function payload(outcome: Outcome): string {
	if (outcome.status === 'printed') return outcome.instructions;
	if (outcome.status === 'shown') return outcome.text;
	return outcome.status === 'compared' ? outcome.patch : '';
}

/** Warnings come last on stderr, where a reader still sees them. */
export function sayResult(result: Result): Words {
	const next = nextCommands(result).map(({ command, when }) => `${when}:  ${command}`);
	const lines = [outcomeWords(result), ...next, ...(result.prospect?.plan.warnings ?? []).map((warning) => `Warning: ${warning}`)];
	const stderr = lines.filter((line) => line !== '').map((line) => `${line}\n`).join('');
	return { stdout: payload(result.outcome), stderr, exitCode: exitCode(result) };
}
