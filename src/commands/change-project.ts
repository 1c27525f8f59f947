import { join } from 'node:path';
import { applyProposal, cleanUp, writeBeside } from '../apply/apply.ts';
import { findBlocker, findInstallBlocker } from '../apply/blockers.ts';
import { type Connector, originalFiles } from '../connectors/connector.ts';
import type { CodingAgentName } from '../ecosystem/coding-agents.ts';
import { UsageError } from '../lib/errors.ts';
import { pathBetween } from '../lib/paths.ts';
import { CANCELLED, type Outcome, type Result } from '../output/outcome.ts';
import { renderPatch } from '../output/patch.ts';
import { summarize } from '../output/summary.ts';
import { markedMerges } from '../plan/changes.ts';
import { folderInRepository, hasConflict, hasWork, type Proposal } from '../plan/proposal.ts';
import { describeUnfitNode } from '../project/project.ts';
import { realPlace } from '../system/files.ts';
import type { Context } from '../terminal/context.ts';
import { canAsk } from '../terminal/interactive.ts';
import { decideRuntime, makeProposal, type Operation } from './make-proposal.ts';
import { type AddOptions, checkOutput, chooseMode, type Mode } from './options.ts';
import { codingAgentsOnPath, readAgentName, startAgent } from './start-agent.ts';

/** Throws a UsageError where a write would have to guess. */
function requireDecided({ undecided: [first] }: Proposal): void {
	if (first !== undefined) throw new UsageError(first.message, first.hint);
}

/** How a write ends before it begins: with nothing to do, a conflict, or what the disk and PATH tell. */
function findEarlyEnd(proposal: Proposal, context: Context): Outcome | undefined {
	if (!hasWork(proposal)) return { status: 'unchanged' };
	if (hasConflict(proposal)) return { status: 'conflict' };
	return findBlocker(proposal, context.env);
}

/** Where the user has to choose between lines, both go beside the file; nothing is installed for that. */
function keepMarked(proposal: Proposal): Outcome {
	const marked = markedMerges(proposal.changes);
	const writes = marked.filter(({ isThere }) => !isThere);
	const end: Outcome = { status: 'conflict', marked: marked.map(({ path }) => path) };
	const files = writes.map(({ path, content }) => ({
		path: join(proposal.project.root, path),
		content,
		before: undefined,
	}));
	return writeBeside(proposal, files) ?? end;
}

/** How a run ends, the flags for what a person answered, and the proposal if an install made another one of it. */
type Ending = Omit<Result, 'proposal'> & { readonly proposal?: Proposal };

const WRITE_FLAGS = ['--write', '--yes'] as const;

async function confirmAndWrite(
	proposal: Proposal,
	context: Context,
	mayAsk: boolean,
	write: () => Promise<Ending>,
): Promise<Ending> {
	requireDecided(proposal);
	const end = findEarlyEnd(proposal, context);
	// A run that was killed after its last write has left its drafts beside files that are right.
	if (end?.status === 'unchanged') cleanUp(proposal);
	if (end?.status === 'conflict') return { outcome: keepMarked(proposal) };
	if (end !== undefined) return { outcome: end };
	if (!mayAsk) {
		// The install may fail over it, and whoever is asked has it before the question.
		const unfitNode = proposal.install === undefined ? undefined : describeUnfitNode(proposal.project);
		if (unfitNode !== undefined) context.say(`Warning: ${unfitNode}`);
		return write();
	}
	const { confirmWrite } = await import('../terminal/prompts.ts');
	if (!(await confirmWrite(summarize(proposal), context))) return { outcome: CANCELLED };
	return { ...(await write()), answer: WRITE_FLAGS };
}

async function ask(
	proposal: Proposal,
	context: Context,
	write: () => Promise<Ending>,
	print: () => Promise<Outcome>,
	hand: (agent: CodingAgentName) => Promise<Outcome>,
): Promise<Ending> {
	const end = findEarlyEnd(proposal, context);
	if (end?.status === 'unchanged' || end?.status === 'conflict') return { outcome: end };
	const { askWhatToDo } = await import('../terminal/prompts.ts');
	const answer = await askWhatToDo(summarize(proposal), codingAgentsOnPath(context.env), context);
	if (answer === 'write') requireDecided(proposal);
	if (answer === 'write') return { ...(end === undefined ? await write() : { outcome: end }), answer: WRITE_FLAGS };
	if (answer === 'print') return { outcome: await print(), answer: ['--print'] };
	return { outcome: await hand(answer), answer: ['--agent', answer] };
}

/** As a write would end, but for the package manager: what it lacks is said beside the plan. */
function preview(proposal: Proposal, { env }: Context): Ending {
	const { plan } = proposal;
	const outcome = { status: 'previewed' } as const;
	if (!hasWork(proposal) || hasConflict(proposal)) return { outcome };
	const blocker = findInstallBlocker(proposal, env);
	if (blocker === undefined) return { outcome: findBlocker(proposal, env) ?? outcome };
	return { outcome, proposal: { ...proposal, plan: { ...plan, warnings: [...plan.warnings, blocker.message] } } };
}

/** git refuses a path that goes through a link, so the patch names the files that are meant. */
function compare({ changes, project }: Proposal): Outcome {
	const { root } = project;
	const real = changes.map((change) => ({ ...change, path: pathBetween(root, realPlace(join(root, change.path))) }));
	return { status: 'compared', patch: renderPatch(real, folderInRepository(project)) };
}

/** Looks at the project, plans, and shows or does it. Throws a UsageError. */
export async function changeProject(
	work: Operation,
	connector: Connector,
	given: AddOptions,
	context: Context,
): Promise<Result> {
	const mayAsk = !given.yes && !given.json && canAsk(context.terminals, context.env);
	const mode = chooseMode(given, mayAsk);
	checkOutput(given, mode);
	const agent = given.agent === undefined ? undefined : readAgentName(given.agent, context.env);
	// What changes nothing needs no cleaning up: a signal may end it, where nobody waits for an object in JSON.
	const mayBeEnded = !given.json && ['print', 'print-file', 'dry-run', 'diff'].includes(mode);
	const interruption = mayBeEnded ? undefined : context.interruption;
	const mayAskFirst = mayAsk && (mode === 'ask' || mode === 'write' || mode === 'agent');
	const { located, options } = await decideRuntime(work, connector, given, context, mayAskFirst);
	const proposal = await makeProposal(work, connector, options, context, mayAskFirst, located);
	const signal = await interruption?.received();
	if (signal !== undefined) return { outcome: { ...CANCELLED, signal }, proposal };
	const lookAgain = () => makeProposal(work, connector, { ...options, install: false }, context, false);
	const write = () => applyProposal(proposal, context, lookAgain);
	const instructions = async () => work.renderInstructions(proposal, originalFiles(await connector.load()));
	const print = async (): Promise<Outcome> => ({ status: 'printed', instructions: await instructions() });
	// Agents end with 0 when every command was refused: the project tells whether the work is done.
	const hand = async (name: CodingAgentName): Promise<Outcome> => {
		const outcome = await startAgent(name, proposal, await instructions(), context);
		if (outcome.status !== 'agent-ended' || outcome.isTerminated) return outcome;
		const after = await lookAgain();
		return { ...outcome, after: options.install ? after : { ...after, plan: { ...after.plan, packages: [] } } };
	};
	const endings = {
		print: async () => ({ outcome: await print() }),
		'print-file': () => ({ outcome: { status: 'shown', text: proposal.plan.files[0]?.content ?? '' } }),
		'dry-run': () => preview(proposal, context),
		diff: () => ({ outcome: compare(proposal) }),
		write: () => confirmAndWrite(proposal, context, mayAsk, write),
		agent: async () => ({ outcome: agent === undefined ? { status: 'unchanged' } : await hand(agent) }),
		ask: () => ask(proposal, context, write, print, hand),
	} satisfies Record<Mode, () => Ending | Promise<Ending>>;
	return { proposal, output: options.output, ...(await endings[mode]()) };
}
