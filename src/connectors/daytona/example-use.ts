import { posix } from 'node:path';
import { knownManager, NPM, runBin } from '../../ecosystem/package-managers.ts';
import { shellWords, shownCommand, type WindowsForms, windowsForms } from '../../lib/shell.ts';
import { keyFile } from '../../plan/env-keys.ts';
import { declarationOf, type ManualStep } from '../../plan/manual-steps.ts';
import type { PlannedFile, RunCommand } from '../../plan/plan.ts';
import { sourceDirAfter } from '../../project/connector-path.ts';
import { durableClassName } from '../../project/durable-classes.ts';
import type { Project } from '../../project/project.ts';
import { importSpecifier } from '../../project/tsconfig.ts';
import { AGENT_FOLDERS, type Example, type ExampleCommand, type ExampleTarget } from './examples.ts';

export function sourceDir({ base, connectorPath, sourceDir, runtime }: Project): string {
	const path = connectorPath.value.startsWith(base) ? connectorPath.value.slice(base.length) : connectorPath.value;
	const dir = sourceDirAfter(path, { dir: sourceDir.value, order: runtime.profile.sourceDirs });
	return posix.join(base, dir).replace(/\/$/, '');
}

/** Where the runtime's agents or workflows are, relative to the package root. */
export function agentFolder(project: Project): string {
	return posix.join(sourceDir(project), AGENT_FOLDERS[project.runtime.profile.agentApi]);
}

/** How a file of the agents' folder imports the connector. */
export function connectorImport(project: Project): string {
	return importSpecifier(
		`${agentFolder(project)}/agent.ts`,
		project.connectorPath.value,
		project.importExtension.value,
	);
}

export function exampleFile(example: Example, project: Project): PlannedFile {
	const { profile } = project.runtime;
	return {
		path: posix.join(sourceDir(project), example.path(profile)),
		content: example.content(profile, { connectorImport: connectorImport(project) }),
	};
}

/** Node, unless the project says something else. */
export function exampleTargets({ targets }: Project): readonly ExampleTarget[] {
	const named = (['cloudflare', 'node'] as const).filter((target) => targets.some(({ value }) => value === target));
	return named.length === 0 ? ['node'] : named;
}

interface CommandLine {
	readonly line: string;
	readonly windows: WindowsForms | undefined;
	readonly target: ExampleTarget;
	readonly does: ExampleCommand['does'];
}

/** The commands that serve and run an example, each on one line, for each target. */
export function commandLines(example: Example, project: Project, command: string): CommandLine[] {
	const { runtime, packageManager } = project;
	const manager = knownManager(packageManager) ?? NPM;
	const file = keyFile(project);
	const envFile = runtime.profile.readsEnvFile && file !== '.dev.vars' ? undefined : file;
	const toLine = ([bin = '', ...words]: readonly string[]) =>
		bin === 'flue'
			? { line: `${command} ${shellWords(words)}`, windows: windowsForms(command, words) }
			: { line: shownCommand(runBin(manager, bin, words)), windows: undefined };
	return exampleTargets(project).flatMap((target) =>
		example
			.commands(runtime.profile, target, { sourceDir: sourceDir(project), envFile })
			.map(({ words, does }) => ({ ...toLine(words), target, does })),
	);
}

const TARGET_NAMES = { node: 'Node.js', cloudflare: 'Cloudflare' } as const satisfies Record<ExampleTarget, string>;

/** For each target what runs the example, or serves it where nothing else does. */
export function runCommands(example: Example, project: Project, command: string): RunCommand[] {
	const lines = commandLines(example, project, command);
	const isVite = project.runtime.profile.cloudflare.runs === 'vite';
	const targets = exampleTargets(project);
	const chosen = lines.filter(
		({ target, does }) =>
			does === 'run' ||
			(target === 'cloudflare' && (isVite || !lines.some((line) => line.does === 'run' && line.target === target))),
	);
	return chosen
		.filter(({ line }, index) => chosen.findIndex((other) => other.line === line) === index)
		.map(({ line, windows, target, does }) => {
			if (does === 'serve') return { command: line, when: 'Serve the example in workerd' };
			if (isVite && target === 'cloudflare') return { command: line, windows, when: 'Try the example on Node.js' };
			return {
				command: line,
				windows,
				when: targets.length > 1 ? `Run the example on ${TARGET_NAMES[target]}` : 'Run the example',
			};
		});
}

function className(example: Example, { runtime: { profile } }: Project): string {
	return durableClassName(
		example.agentName(profile),
		AGENT_FOLDERS[profile.agentApi] === 'workflows' ? 'Workflow' : 'Agent',
	);
}

/** What an example needs on Cloudflare beyond its file: its class declared, and in 2.x a route. */
export function manualSteps(example: Example, project: Project): ManualStep[] {
	const { runtime, importExtension } = project;
	if (!exampleTargets(project).includes('cloudflare')) return [];
	const declaration = declarationOf([className(example, project)], project);
	const steps = declaration === undefined ? [] : [declaration];
	if (runtime.profile.agentApi !== 'use-agent') return steps;
	const name = example.agentName(runtime.profile);
	const { path } = exampleFile(example, project);
	const app = posix.join(sourceDir(project), 'app.ts');
	const file = posix.basename(path, '.ts');
	const specifier = importSpecifier(app, path, importExtension.value);
	const lines = [
		"import { createAgentRouter } from '@flue/runtime/routing';",
		`import { ${name} } from '${specifier}';`,
		`app.route('/agents/${file}', createAgentRouter(${name}));`,
	];
	return [
		...steps,
		{ path: app, where: 'where its routes are, unless it is there', lines: lines.join('\n'), language: 'ts' },
	];
}
