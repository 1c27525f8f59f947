import type { Change, Owner } from './changes.ts';
import { specOf } from './connector-packages.ts';
import type { Connector } from './connectors/connector.ts';
import { keyPlaces, keyStates } from './key-place.ts';
import { nextCommands } from './next-commands.ts';
import { type Outcome, type Result, exitCode, hasConflict } from './outcome.ts';
import { packagesToInstall } from './plan.ts';
import type { Prospect } from './prospect.ts';
import { shownCommand } from './shell-words.ts';
import { labelled } from './text-width.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What goes to each stream; stdout is for programs, stderr for people. */
export interface Words {
	readonly stdout: string | Uint8Array;
	readonly stderr: string;
	readonly exitCode: number;
}

const OWNERS = {
	edited: 'has local edits',
	newer: 'was written by a newer version of this tool',
	flue: "was written by Flue's own guide, not by this tool",
	other: 'was not written by this tool',
	javascript: 'is JavaScript, and what is written here is TypeScript',
	unknown: 'is there already, and is not the example',
} as const satisfies Record<Owner, string>;

const VERBS = {
	create: 'create',
	update: 'update',
	merge: 'merge the new template into',
	replace: 'replace',
	conflict: 'keep',
} as const satisfies Record<Change['kind'], string>;

const PAST = {
	create: 'created',
	update: 'updated',
	merge: 'merged the new template into',
	replace: 'replaced',
	conflict: 'kept',
} as const satisfies Record<Change['kind'], string>;

function changeWords(change: Change): string {
	const words = `${VERBS[change.kind]} ${change.path}`;
	if (change.kind === 'replace') return `${words} (yours is kept as ${change.backup})`;
	if (change.kind === 'merge') return `${words} (your edits stay)`;
	return change.kind === 'conflict' ? `${words} (it ${OWNERS[change.owner]})` : words;
}

/** What a write does, in its order. */
export function stepWords({ install, changes }: Prospect): string[] {
	const steps = changes.map(changeWords);
	return install === undefined ? steps : [`run ${shownCommand(install.command)}`, ...steps];
}

/** `there` are the merges that are beside their files now. */
function markedLines({ path, marked }: Change & { kind: 'conflict' }, there: readonly string[]): string[] {
	if (marked === undefined) return [];
	if (!marked.isThere && !there.includes(marked.path))
		return [`A write puts both into ${marked.path}, with these lines marked.`];
	return [`Both are in ${marked.path}: choose in the marked lines, and put it in the place of ${path}.`];
}

function conflictLines({ changes }: Prospect, there: readonly string[] = []): string[] {
	return changes.flatMap((change) => {
		if (change.kind !== 'conflict') return [];
		const where = change.marked === undefined ? '' : ' in lines that the new template changes too';
		return [`${change.path} ${OWNERS[change.owner]}${where}.`, ...markedLines(change, there)];
	});
}

/** Packages that the user has to install, because `--no-install` was given. */
function leftToInstall({ install, plan }: Prospect): string[] {
	return install === undefined ? packagesToInstall(plan).map((spec) => `Install ${specOf(spec)}.`) : [];
}

function unchangedLines(prospect: Prospect): string[] {
	const { title, files } = prospect.plan;
	const left = leftToInstall(prospect);
	const [nothing, state] =
		prospect.verb === 'update'
			? ['Nothing to update', 'up to date']
			: [left.length === 0 ? 'Nothing to do' : 'Nothing to write', 'in place'];
	return [`${nothing}: ${title} is ${state} (${files.map(({ path }) => path).join(', ')}).`, ...left];
}

function conflictEnding({ marked = [] }: Outcome & { status: 'conflict' }, prospect: Prospect): string[] {
	return [...conflictLines(prospect, marked), marked.length > 0 ? 'Nothing else was changed.' : 'Nothing was changed.'];
}

function previewLines(prospect: Prospect): string[] {
	if (hasConflict(prospect)) return [...conflictLines(prospect), 'Nothing was changed.'];
	const steps = stepWords(prospect);
	if (steps.length === 0) return unchangedLines(prospect);
	return [
		'A write would, in this order:',
		...steps.map((step) => `  ${step}`),
		...leftToInstall(prospect),
		'Nothing was changed.',
	];
}

function comparedLines(prospect: Prospect): string[] {
	const { install } = prospect;
	if (stepWords(prospect).length === 0) return unchangedLines(prospect);
	const replaces = prospect.changes.some((change) => change.kind === 'conflict' && change.marked === undefined);
	const replaced = [
		...conflictLines(prospect),
		...(replaces ? ['The patch replaces it, and keeps nothing of it.'] : []),
	];
	const first =
		install === undefined ? leftToInstall(prospect) : [`A write would first run ${shownCommand(install.command)}`];
	return [...replaced, ...first];
}

/** Where each key that has to be there belongs; the last thing to know, so the last to be said. */
function keyLines({ plan, project }: Prospect, env: Environment): string[] {
	const required = keyStates(plan.env, project, env).filter((key) => key.required);
	return required.flatMap(({ name, description, setIn }) => {
		if (setIn !== undefined) return [`${name} is set already (${setIn}).`];
		return [`${name} (${description}) belongs in`, ...keyPlaces(project).map((place) => `  ${place}`)];
	});
}

function doneLines({ install, plan, changes }: Prospect): string[] {
	const specs = packagesToInstall(plan).map(specOf).join(' ');
	const installed =
		install === undefined ? [] : [`installed ${specs} with ${install.manager.name} (${install.manager.from})`];
	const written = changes.map((change) => {
		const words = `${PAST[change.kind]} ${change.path}`;
		return change.kind === 'replace' ? `${words}, and kept yours as ${change.backup}` : words;
	});
	return [...installed, ...written].map((line) => `  ${line}`);
}

function writtenLines({ notes }: Outcome & { status: 'written' }, prospect: Prospect): string[] {
	const { title, connector, importSpecifier } = prospect.plan;
	const left = leftToInstall(prospect);
	if (prospect.verb === 'update') return [`${title} is up to date.`, ...doneLines(prospect), ...notes, ...left];
	const done = left.length === 0 ? `${title} is connected to this project.` : `The files of ${title} are written.`;
	const use = `Use it in an agent:  import { ${connector} } from '${importSpecifier}';`;
	return [done, ...doneLines(prospect), ...notes, 'Next:', ...[...left, use].map((line) => `  ${line}`)];
}

function cancelledLines(
	{ signal, files, notRestored }: Outcome & { status: 'cancelled' },
	prospect: Prospect | undefined,
): string[] {
	const verb = signal === 'SIGINT' ? 'Cancelled' : 'Terminated';
	if (files === 'complete')
		return [`${verb}, but everything was written by then:`, ...(prospect === undefined ? [] : doneLines(prospect))];
	if (notRestored.length > 0) return [`${verb}.`, ...notRestored];
	const state =
		files === 'untouched' ? 'Nothing was changed.' : 'Every file is as it was before; node_modules may differ.';
	return [`${verb}.`, state];
}

/** What happened, in sentences for a person; empty when stdout says it all. */
export function outcomeLines({ outcome, prospect }: Result): string[] {
	if ('message' in outcome) return [outcome.message, ...(outcome.hint === undefined ? [] : [outcome.hint])];
	if (outcome.status === 'cancelled') return cancelledLines(outcome, prospect);
	if (outcome.status === 'checked') return [...outcome.lines];
	if (prospect === undefined) return [];
	if (outcome.status === 'conflict') return conflictEnding(outcome, prospect);
	if (outcome.status === 'previewed') return previewLines(prospect);
	if (outcome.status === 'compared') return comparedLines(prospect);
	if (outcome.status === 'handed-over')
		return outcome.exitCode === 0 ? [] : [`${outcome.agent} ended with exit code ${outcome.exitCode}.`];
	if (outcome.status === 'written') return writtenLines(outcome, prospect);
	return outcome.status === 'unchanged' ? unchangedLines(prospect) : [];
}

const TABLE_WIDTH = 80;

function connectorTable(connectors: readonly Connector[]): string {
	const rows = [{ name: 'NAME', kind: 'KIND', summary: 'WHAT IT IS' }, ...connectors];
	const widthOf = (column: 'name' | 'kind') => Math.max(...rows.map((row) => row[column].length));
	const [nameWidth, kindWidth] = [widthOf('name'), widthOf('kind')];
	const lines = rows.flatMap(({ name, kind, summary }) =>
		labelled(`${name.padEnd(nameWidth)}  ${kind.padEnd(kindWidth)}  `, summary, TABLE_WIDTH),
	);
	return lines.map((line) => `${line}\n`).join('');
}

function payload(outcome: Outcome): string | Uint8Array {
	if (outcome.status === 'printed') return outcome.instructions;
	if (outcome.status === 'shown') return outcome.text;
	if (outcome.status === 'listed') return connectorTable(outcome.connectors);
	return outcome.status === 'compared' ? Buffer.from(outcome.patch, 'latin1') : '';
}

/** Warnings come last on stderr, where a reader still sees them. */
export function sayResult(result: Result, env: Environment): Words {
	const { outcome, prospect } = result;
	const next = nextCommands(result).map(({ command, when }) => `${when}:  ${command}`);
	const keys = outcome.status === 'written' && prospect?.verb === 'add' ? keyLines(prospect, env) : [];
	const warnings = (prospect?.plan.warnings ?? []).map((warning) => `Warning: ${warning}`);
	const lines = [...outcomeLines(result), ...next, ...keys, ...warnings];
	return { stdout: payload(outcome), stderr: lines.map((line) => `${line}\n`).join(''), exitCode: exitCode(result) };
}
