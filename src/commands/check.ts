import { knownManager, NPM } from '../ecosystem/package-managers.ts';
import { fileState, findFindings } from '../check/find-findings.ts';
import type { Checked } from '../check/findings.ts';
import { type Connector, originalFiles } from '../connectors/connector.ts';
import { CONNECTORS, findConnector } from '../connectors/index.ts';
import type { Result } from '../output/outcome.ts';
import { brokenImports } from '../plan/broken-imports.ts';
import { packageNames } from '../plan/packages.ts';
import type { Plan } from '../plan/plan.ts';
import { askGit } from '../project/env-files.ts';
import { findImporters } from '../project/imports.ts';
import { isInstalled, usesPlugAndPlay } from '../project/installed.ts';
import { describeRuntime, isMember, type Project, SEARCH_CUT_SHORT } from '../project/project.ts';
import { findRuntimeCopies } from '../project/runtime-copies.ts';
import { readOwnBytes } from '../system/files.ts';
import type { Context } from '../terminal/context.ts';
import { checkLive, checkLiveFlags } from './check-live.ts';
import { locateProject } from './locate-project.ts';
import type { LiveFlags } from './options.ts';

interface CheckOptions extends LiveFlags {
	/** What was typed behind `check`. */
	readonly words: readonly string[];
	readonly cwd: string | undefined;
	readonly path: string | undefined;
}

/** Somebody else's file can only be replaced as a whole. */
function brokenWithout(content: string, { root }: Project, { files: [planned] }: Plan): string | undefined {
	if (planned === undefined || planned.path.endsWith('.js')) return undefined;
	return brokenImports(planned.path, content, planned.content, findImporters(root, planned.path));
}

async function checkConnector(connector: Connector, options: CheckOptions, context: Context): Promise<Checked> {
	const packages = ['@flue/runtime', ...packageNames(connector.packages)];
	const located = await locateProject(connector, packages, options, context);
	const { program, pathFlags, cwdFlags, folder } = located;
	const project = await askGit(located.project, context.env);
	const { root, workspaceRoot, top, runtime, connectorPath, packageManager } = project;
	const code = await connector.load();
	const originals = originalFiles(code);
	const content = readOwnBytes(root, connectorPath.value);
	const state = fileState(content, connector, originals);
	const findings = findFindings({
		connector,
		project,
		content,
		state,
		originals,
		broken:
			content !== undefined && (state === 'other' || state === 'flue')
				? brokenWithout(content, project, code.plan(project))
				: undefined,
		examples: code.findExamples?.(project, (path) => readOwnBytes(root, path)) ?? [],
		copies: findRuntimeCopies(root, top),
		// Yarn's lockfile tells a version that its map may not have yet.
		isInstalled: usesPlugAndPlay([root, workspaceRoot])
			? (name) => isInstalled(root, name, top)
			: (name) => project.installed.has(name),
		env: context.env,
	});
	const { live } = code;
	const result =
		options.live && live !== undefined && content !== undefined
			? await checkLive(connector, live, project, findings, options, context)
			: { findings: [] };
	return {
		connector: connector.name,
		title: connector.title,
		file: { path: connectorPath.value, state },
		runtime: describeRuntime(runtime),
		...result,
		findings: [...findings, ...result.findings],
		// The warning of a runtime that is not there speaks of what is to be written.
		warnings: [
			...(runtime.version === undefined ? [] : project.warnings),
			...(project.isSearchComplete ? [] : [`${SEARCH_CUT_SHORT} Name its file with --path.`]),
		],
		tools: {
			connector: connector.name,
			program: program.command,
			flags: [...pathFlags, ...cwdFlags],
			folder,
			isMember: isMember(project),
			manager: knownManager(packageManager) ?? NPM,
		},
	};
}

function nothingAdded(checked: Checked): Checked {
	const warnings = checked.warnings.filter((warning) => warning.startsWith(SEARCH_CUT_SHORT));
	return { ...checked, findings: [{ code: 'nothing-added', severity: 'error', args: {} }], warnings };
}

function ended(checked: readonly Checked[]): Result {
	return { outcome: { status: 'checked', checked }, proposal: undefined };
}

/** `flue check [connector]`: without a name, every connector that was added. Reads only, and asks no network. Throws a UsageError. */
export async function check(options: CheckOptions, context: Context): Promise<Result> {
	checkLiveFlags(options);
	if (options.words.length > 0) {
		const checked = await checkConnector(findConnector(options.words), options, context);
		return ended([checked]);
	}
	const all = await Promise.all(CONNECTORS.map((connector) => checkConnector(connector, options, context)));
	const added = all.filter(({ file }) => file.state !== 'missing');
	if (added.length > 0) return ended(added);
	const first = all.slice(0, 1);
	return ended(options.path === undefined ? first.map(nothingAdded) : first);
}
