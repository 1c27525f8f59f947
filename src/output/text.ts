import { renderCheck } from '../check/report.ts';
import type { Connector } from '../connectors/connector.ts';
import { shownPath, UNNAMED_FOLDER } from '../lib/sanitize.ts';
import { shownCommand } from '../lib/shell.ts';
import { labelled, LINE_WIDTH } from '../lib/text.ts';
import { keyPlace, keyStates } from '../plan/env-keys.ts';
import { hasConflict, isDone, type Proposal } from '../plan/proposal.ts';
import { nextCommands } from './next-commands.ts';
import { exitCode, type Outcome, type Result } from './outcome.ts';
import { conflictLines, describeSteps, doneSteps, leftToInstall, missingLines } from './steps.ts';
import type { Environment } from '../terminal/context.ts';
import type { EndingLines } from '../terminal/prompts.ts';

/** What goes to each stream; stdout is for programs, stderr for people. */
export interface Words {
	readonly stdout: string | Uint8Array;
	readonly stderr: string;
	readonly exitCode: number;
}

function unchangedLines(proposal: Proposal): string[] {
	const { title, files } = proposal.plan;
	const left = leftToInstall(proposal);
	const state = proposal.verb === 'update' ? 'up to date' : 'already set up';
	const nothing = left.length === 0 ? 'Nothing to do.' : 'Nothing to write.';
	return [`${title} is ${state} (${files.map(({ path }) => path).join(', ')}). ${nothing}`, ...left];
}

function conflictEnding({ marked = [] }: Outcome & { status: 'conflict' }, proposal: Proposal): string[] {
	return [...conflictLines(proposal, marked), marked.length > 0 ? 'Nothing else was changed.' : 'Nothing was changed.'];
}

function previewLines(proposal: Proposal): string[] {
	if (hasConflict(proposal)) return [...conflictLines(proposal), 'Nothing was changed.'];
	const steps = describeSteps(proposal);
	if (steps.length === 0) return unchangedLines(proposal);
	return ['Planned changes:', ...steps.map((step) => `  ${step}`), ...leftToInstall(proposal), 'Nothing was changed.'];
}

function comparedLines(proposal: Proposal): string[] {
	const { install } = proposal;
	if (describeSteps(proposal).length === 0) return unchangedLines(proposal);
	const replaces = proposal.changes.some((change) => change.kind === 'conflict' && change.marked === undefined);
	const replaced = [
		...conflictLines(proposal),
		...(replaces ? ['The patch replaces it, and keeps nothing of it.'] : []),
	];
	const first =
		install === undefined ? leftToInstall(proposal) : [`A write runs this first:  ${shownCommand(install.command)}`];
	return [...replaced, ...first];
}

/** Where each key that has to be there belongs; the last thing to know, so the last to be said. */
function keyLines({ plan, project }: Proposal, env: Environment): string[] {
	const required = keyStates(plan.env, project, env).filter((key) => key.required);
	return required.map(({ name, description, page, setIn }) => {
		if (setIn !== undefined) return `${name} is set already (${setIn}).`;
		const where = page === undefined ? `It is the ${description}.` : `Get one at ${page}`;
		return `Set ${name} ${keyPlace(name, project)}. ${where}`;
	});
}

function doneLines(proposal: Proposal): string[] {
	return doneSteps(proposal).map((step) => `  ${step}`);
}

function detailLines({ notes }: Outcome & { status: 'written' }, proposal: Proposal): string[] {
	const left = leftToInstall(proposal);
	if (proposal.verb === 'update') return [...notes, ...left];
	const { connector, importSpecifier, manual } = proposal.plan;
	const use = `Use it in an agent:  import { ${connector} } from '${importSpecifier}';`;
	const byHand = manual.flatMap(({ path, where, lines }) => [
		`Add to ${path}, ${where}:`,
		...lines.split('\n').map((line) => `  ${line}`),
	]);
	return [...notes, 'Next:', ...[...left, use, ...byHand].map((line) => `  ${line}`)];
}

function writtenLines(outcome: Outcome & { status: 'written' }, proposal: Proposal): string[] {
	const { title } = proposal.plan;
	const isWhole = leftToInstall(proposal).length === 0;
	const added = isWhole ? `${title} is connected to this project.` : `Wrote the ${title} connector.`;
	const headline = proposal.verb === 'update' ? `${title} is up to date.` : added;
	return [headline, ...doneLines(proposal), ...detailLines(outcome, proposal)];
}

function cancelledLines(
	{ signal, files, left }: Outcome & { status: 'cancelled' },
	proposal: Proposal | undefined,
): string[] {
	const verb = signal === 'SIGINT' ? 'Cancelled' : 'Terminated';
	if (files === 'complete')
		return [`${verb}, but everything was written by then:`, ...(proposal === undefined ? [] : doneLines(proposal))];
	return [`${verb}.`, ...(files === 'untouched' ? ['Nothing was changed.'] : left)];
}

function agentLines({ agent, exitCode: code, after }: Outcome & { status: 'agent-ended' }): string[] {
	const ended = `${agent} ended with exit code ${code}`;
	if (after === undefined) return code === 0 ? [] : [`${ended}.`];
	if (isDone(after)) return [`${after.plan.title} is connected to this project.`];
	return [`${ended}, and this is not done:`, ...missingLines(after)];
}

/** How a write ends that a person was asked about; undefined for any other way to end. */
export function describeEnding(result: Result, env: Environment): EndingLines | undefined {
	const { outcome, proposal, answer } = result;
	if (outcome.status !== 'written' || proposal === undefined || answer === undefined) return undefined;
	return {
		steps: doneSteps(proposal).map((step) => step.charAt(0).toUpperCase() + step.slice(1)),
		details: [...detailLines(outcome, proposal), ...nextLines(result), ...warningLines(proposal)],
		closing: ['Done.', ...(proposal.verb === 'add' ? keyLines(proposal, env) : [])].join(' '),
	};
}

function nextLines(result: Result): string[] {
	return nextCommands(result).map(({ command, when }) => `${when}:  ${command}`);
}

function warningLines(proposal: Proposal | undefined): string[] {
	return (proposal?.plan.warnings ?? []).map((warning) => `Warning: ${warning}`);
}

/** What happened, in sentences for a person; empty when stdout says it all. */
export function outcomeLines({ outcome, proposal }: Result): string[] {
	if ('message' in outcome) return [outcome.message, ...(outcome.hint === undefined ? [] : [outcome.hint])];
	if (outcome.status === 'cancelled') return cancelledLines(outcome, proposal);
	if (outcome.status === 'checked') return renderCheck(outcome.checked);
	if (proposal === undefined) return [];
	if (outcome.status === 'conflict') return conflictEnding(outcome, proposal);
	if (outcome.status === 'previewed') return previewLines(proposal);
	if (outcome.status === 'compared') return comparedLines(proposal);
	if (outcome.status === 'agent-ended') return agentLines(outcome);
	if (outcome.status === 'written') return writtenLines(outcome, proposal);
	return outcome.status === 'unchanged' ? unchangedLines(proposal) : [];
}

function connectorTable(connectors: readonly Connector[], width: number): string {
	const rows = [{ name: 'NAME', kind: 'KIND', summary: 'WHAT IT IS' }, ...connectors];
	const widthOf = (column: 'name' | 'kind') => Math.max(...rows.map((row) => row[column].length));
	const [nameWidth, kindWidth] = [widthOf('name'), widthOf('kind')];
	const lines = rows.flatMap(({ name, kind, summary }) =>
		labelled(`${name.padEnd(nameWidth)}  ${kind.padEnd(kindWidth)}  `, summary, width),
	);
	return lines.map((line) => `${line}\n`).join('');
}

function payload(outcome: Outcome, isNarrow: boolean): string | Uint8Array {
	if (outcome.status === 'printed') return outcome.instructions;
	if (outcome.status === 'shown') return outcome.text;
	if (outcome.status === 'listed') return connectorTable(outcome.connectors, isNarrow ? Infinity : LINE_WIDTH);
	return outcome.status === 'compared' ? Buffer.from(outcome.patch, 'latin1') : '';
}

/** Where the project is, if the user is in another folder. */
function folderLines(proposal: Proposal | undefined): string[] {
	if (proposal === undefined || proposal.folder === '') return [];
	if (proposal.folder !== undefined) return [`Project: ${shownPath(proposal.folder)}`];
	return [UNNAMED_FOLDER];
}

/** Warnings come last on stderr, where a reader still sees them. A narrow terminal gets each row of a table on one line, to be broken later. */
export function renderText(result: Result, env: Environment, isNarrow: boolean): Words {
	const { outcome, proposal } = result;
	const keys = outcome.status === 'written' && proposal?.verb === 'add' ? keyLines(proposal, env) : [];
	const lines = [
		...folderLines(proposal),
		...outcomeLines(result),
		...nextLines(result),
		...keys,
		...warningLines(proposal),
	];
	return {
		stdout: payload(outcome, isNarrow),
		stderr: lines.map((line) => `${line}\n`).join(''),
		exitCode: exitCode(result),
	};
}
