import { relative } from 'node:path';
import type { World } from './add.ts';
import { checkedLines } from './check-words.ts';
import { packageNames } from './connector-packages.ts';
import type { Connector } from './connectors/connector.ts';
import { CONNECTORS } from './connectors/index.ts';
import { findConnector } from './find-connector.ts';
import type { Tools } from './finding-words.ts';
import { type FileState, fileState, type Finding, findFindings } from './findings.ts';
import type { Result } from './outcome.ts';
import { type Project, runtimeWords } from './project.ts';
import { cwdFlags, pathFlags } from './repeated-flags.ts';
import { readOwnBytes } from './system/files.ts';
import { findRuntimeCopies, usesPlugAndPlay } from './system/find-runtime-copies.ts';
import { inspectProject } from './system/inspect-project.ts';
import { printable } from './untrusted.ts';
import { writtenCode } from './written-code.ts';

export interface CheckOptions {
	/** What was typed behind `check`. */
	readonly words: readonly string[];
	readonly cwd: string | undefined;
	readonly path: string | undefined;
}

/** What was found out about one connector. */
export interface Checked {
	readonly connector: string;
	readonly title: string;
	readonly file: { readonly path: string; readonly state: FileState };
	/** The runtime in words: which, and where that was found. */
	readonly runtime: string;
	readonly findings: readonly Finding[];
	readonly warnings: readonly string[];
	readonly tools: Tools;
}

function toolsFor(connector: string, project: Project, options: CheckOptions, world: World): Tools {
	const { packageManager, root } = project;
	const folder = relative(world.cwd, root);
	const manager = packageManager.status === 'found' ? packageManager.manager : undefined;
	return {
		connector,
		program: world.findProgram(root, manager).command,
		flags: [...pathFlags(options, project), ...cwdFlags(options, folder)],
		folder: printable(folder),
		manager: manager ?? { name: 'npm', yarn: undefined, from: '' },
	};
}

async function checkConnector(connector: Connector, options: CheckOptions, world: World): Promise<Checked> {
	const project = await inspectProject({
		cwd: options.cwd ?? world.cwd,
		connector: connector.name,
		packages: ['@flue/runtime', ...packageNames(connector.packages)],
		path: options.path,
		userAgent: world.env['npm_config_user_agent'],
	});
	const { root, workspaceRoot, runtime, connectorPath } = project;
	const { templates } = await connector.load();
	const content = readOwnBytes(root, connectorPath.value);
	const state = fileState(content, connector, writtenCode(connector, templates));
	const findings = findFindings({
		connector,
		project,
		content,
		state,
		copies: findRuntimeCopies(root),
		hasNodeModules: !usesPlugAndPlay([root, workspaceRoot]),
		env: world.env,
	});
	return {
		connector: connector.name,
		title: connector.title,
		file: { path: connectorPath.value, state },
		runtime: runtimeWords(runtime),
		findings,
		// The warning of a runtime that is not there speaks of what is to be written.
		warnings: runtime.version === undefined ? [] : project.warnings,
		tools: toolsFor(connector.name, project, options, world),
	};
}

function nothingAdded(checked: Checked): Checked {
	return { ...checked, findings: [{ code: 'nothing-added', severity: 'error', args: {} }], warnings: [] };
}

function ended(checked: readonly Checked[]): Result {
	return { outcome: { status: 'checked', checked, lines: checkedLines(checked) }, prospect: undefined };
}

/** `flue check [connector]`: without a name, every connector that was added. Reads only, and asks no network. Throws a UsageError. */
export async function check(options: CheckOptions, world: World): Promise<Result> {
	if (options.words.length > 0) {
		const checked = await checkConnector(findConnector(options.words), options, world);
		return ended([checked]);
	}
	const all = await Promise.all(CONNECTORS.map((connector) => checkConnector(connector, options, world)));
	const added = all.filter(({ file }) => file.state !== 'missing');
	if (added.length > 0) return ended(added);
	const first = all.slice(0, 1);
	return ended(options.path === undefined ? first.map(nothingAdded) : first);
}
