import { posix } from 'node:path';
import guideTemplate from '../../../templates/daytona/guide.md.hbs';
import type { SourceDir } from '../../ecosystem/flue-runtimes.ts';
import { shellWords } from '../../lib/shell.ts';
import { fenceAround } from '../../lib/text.ts';
import { keyPlace } from '../../plan/env-keys.ts';
import { specOf } from '../../plan/packages.ts';
import type { PlannedFile } from '../../plan/plan.ts';
import { sourceDirAfter } from '../../project/connector-path.ts';
import type { Project } from '../../project/project.ts';
import { importSpecifier } from '../../project/tsconfig.ts';
import { AGENT_FOLDERS, type Example, type ExampleName, EXAMPLES } from './examples.ts';
import { daytona } from './facts.ts';

/** The examples that the instructions show; the others are too long to be read with them. */
const SHOWN = new Set<ExampleName>(['basic', 'coding-agent']);

export interface GuideOptions {
	/** The one that is written anyway. */
	readonly example: Example | undefined;
	/** What a reader types to run this very program. */
	readonly command: string;
}

function sourceDir({ connectorPath, sourceDir, runtime }: Project): SourceDir {
	return sourceDirAfter(connectorPath.value, { dir: sourceDir.value, order: runtime.profile.sourceDirs });
}

interface CommandLines {
	readonly dev: string | undefined;
	readonly run: string;
}

/** Where the runtime's agents or workflows are, relative to the package root. */
function agentFolder(project: Project): string {
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

/** The commands that serve and run an example, each on one line. */
export function exampleCommands(example: Example, project: Project, command: string): CommandLines {
	const place = { sourceDir: sourceDir(project), envFile: project.modelKeyFile ?? '.env' };
	const { dev, run } = example.commands(project.runtime.profile, place);
	const line = (words: readonly string[]) => `${command} ${shellWords(words.slice(1))}`;
	return { dev: dev && line(dev), run: line(run) };
}

function showExample(example: Example, project: Project, { command, example: written }: GuideOptions): object {
	const { path, content } = exampleFile(example, project);
	const { dev, run } = exampleCommands(example, project, command);
	const packages = example.packages(project.runtime.profile);
	const isWritten = example.name === written?.name;
	return {
		title: example.title,
		description: example.description,
		path,
		content: isWritten ? '' : content,
		fence: fenceAround(content),
		needs: isWritten ? '' : packages.map(({ name, tested }) => specOf({ name, range: tested })).join(' and '),
		run: [dev, run].filter((line) => line !== undefined).join('\n'),
	};
}

export function renderGuide(project: Project, options: GuideOptions): string {
	const shown = EXAMPLES.filter(({ name }) => SHOWN.has(name) || name === options.example?.name);
	return guideTemplate({
		dashboard: 'https://app.daytona.io/dashboard/keys',
		website: daytona.website,
		keyPlace: keyPlace(project),
		importSpecifier: connectorImport(project),
		agentFolder: agentFolder(project),
		examples: shown.map((example) => showExample(example, project, options)),
	});
}
