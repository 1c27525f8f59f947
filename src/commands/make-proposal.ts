import { join } from 'node:path';
import { type Connector, originalFiles } from '../connectors/connector.ts';
import { ANSWERED } from '../ecosystem/package-managers.ts';
import { commandFolder } from '../lib/sanitize.ts';
import { brokenImports } from '../plan/broken-imports.ts';
import { type Change, type ChangeOptions, envExampleWarnings, type ReadFile, replacedText } from '../plan/changes.ts';
import type { Originals } from '../plan/marker.ts';
import { packageNames } from '../plan/packages.ts';
import type { Plan } from '../plan/plan.ts';
import { patchFolder, type Proposal, undecidedPlace, type Verb } from '../plan/proposal.ts';
import { checkExamplePlace } from '../project/connector-path.ts';
import { findImporters } from '../project/imports.ts';
import type { EnvExample, Project } from '../project/project.ts';
import { isThere, readOwnBytes } from '../system/files.ts';
import type { Context } from '../terminal/context.ts';
import { decideInstall } from './decide-install.ts';
import { type Located, locateProject } from './locate-project.ts';
import { type AddOptions, planFlags } from './options.ts';

/** What sets `flue add` and `flue update` apart; all else is one way, from the look at the project to the exit code. */
export interface Operation {
	readonly verb: Verb;
	/** Throws a UsageError where there is nothing to work on. */
	checkProject(project: Project, connector: Connector): void;
	findChanges(plan: Plan, read: ReadFile, options: ChangeOptions): Change[];
	renderInstructions(proposal: Proposal, originals: Originals): string;
}

function locate(connector: Connector, options: AddOptions, context: Context): Promise<Located> {
	const packages = packageNames([...connector.packages, ...connector.examplePackages]);
	return locateProject(connector, packages, options, context);
}

/** Looks at the project, unless that is done already, and plans. Throws a UsageError. */
export async function makeProposal(
	work: Operation,
	connector: Connector,
	options: AddOptions,
	context: Context,
	mayAsk: boolean,
	seen?: Located,
): Promise<Proposal> {
	const located = seen ?? (await locate(connector, options, context));
	const { project, program, folder } = located;
	const { root } = project;
	work.checkProject(project, connector);
	const code = await connector.load();
	const examples = new Map<string, EnvExample>(project.envExamples.map((example) => [example.path, example]));
	const read = (path: string) => {
		const example = examples.get(path);
		if (example === undefined) return readOwnBytes(root, path);
		return example.leftAlone === undefined ? example.content : undefined;
	};
	const found = work.verb === 'update' ? (code.findExamples?.(project, read) ?? []) : [];
	const planned = code.plan(project, { example: options.example, command: program.command, found });
	const left = work.verb === 'add' ? envExampleWarnings(planned.env, project.envExamples) : [];
	const plan = { ...planned, warnings: [...planned.warnings, ...left] };
	for (const { path } of plan.files.slice(1)) checkExamplePlace(root, path);
	const isTaken = (path: string) => isThere(join(root, path));
	const { install, undecided: undecidedManager } = options.install
		? await decideInstall(plan, project, context, mayAsk)
		: { install: undefined, undecided: [] };
	const undecided = [undecidedPlace(project, folder), ...undecidedManager].filter((one) => one !== undefined);
	const open = undecided.map(({ message, hint }) => `${message} ${hint}`);
	const changes = work.findChanges(plan, read, {
		force: options.force,
		isTaken,
		originals: originalFiles(code),
		examplesLike: code.examplesLike ?? (() => []),
	});
	const [{ path: connectorPath, content } = { path: '', content: '' }] = plan.files;
	const replaced = replacedText(changes, connectorPath);
	const broken =
		replaced === undefined
			? undefined
			: brokenImports(connectorPath, replaced, content, findImporters(root, connectorPath));
	return {
		...located,
		verb: work.verb,
		plan: { ...plan, warnings: [...plan.warnings, ...(broken === undefined ? [] : [broken]), ...open] },
		undecided,
		changes,
		install,
		planFlags: planFlags(options, project, install),
		patchFolder: commandFolder(patchFolder(context.cwd, project)),
	};
}

/** Where nothing tells which Flue it is for, a person is asked: the answer is that of `--runtime`. */
export async function decideRuntime(
	{ verb }: Operation,
	connector: Connector,
	given: AddOptions,
	context: Context,
	mayAsk: boolean,
): Promise<{ readonly located: Located; readonly options: AddOptions }> {
	const located = await locate(connector, given, context);
	const isKnown = located.project.runtime.version !== undefined;
	if (!mayAsk || verb === 'update' || isKnown) return { located, options: given };
	const { askRuntime } = await import('../terminal/prompts.ts');
	const options = { ...given, runtime: await askRuntime(context) };
	const answered = await locate(connector, options, context);
	const { project } = answered;
	const runtime = { ...project.runtime, from: ANSWERED };
	return { located: { ...answered, project: { ...project, runtime } }, options };
}
