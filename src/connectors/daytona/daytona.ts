import { posix } from 'node:path';
import guideTemplate from '../../../templates/daytona/guide.md.hbs';
import { choosePackages } from '../../connector-packages.ts';
import { keyPlace, unignoredKeyFile } from '../../key-place.ts';
import { fenceAround } from '../../markdown.ts';
import { withMarker } from '../../marker.ts';
import type { Plan, PlannedPackage } from '../../plan.ts';
import type { Project } from '../../project.ts';
import { importSpecifier } from '../../relative-imports.ts';
import { shellWords } from '../../shell-words.ts';
import { renderConnectorFile } from './connector-file.ts';
import { AGENT_FOLDERS, EXAMPLES, type Example, type ExampleName } from './examples.ts';
import { daytona } from './facts.ts';

export { templates } from './connector-file.ts';

const [SDK] = daytona.packages;

/** The examples that the instructions show; the others are too long to be read with them. */
const SHOWN = new Set<ExampleName>(['basic', 'coding-agent']);

/** Where the runtime's agents or workflows are, relative to the package root. */
function agentFolder({ runtime, sourceDir }: Project): string {
	return posix.join(sourceDir.value, AGENT_FOLDERS[runtime.profile.agentApi]);
}

/** How a file of the agents' folder imports the connector. */
function connectorImport(project: Project): string {
	return importSpecifier(`${agentFolder(project)}/agent.ts`, project.connectorPath.value, project.importExtension.value);
}

function showExample(example: Example, project: Project): object {
	const { profile } = project.runtime;
	const sourceDir = project.sourceDir.value;
	const content = example.content(profile, { connectorImport: connectorImport(project) });
	const { dev, run } = example.commands(profile, { sourceDir, envFile: project.modelKeyFile ?? '.env' });
	return {
		title: example.title,
		description: example.description,
		path: posix.join(sourceDir, example.path(profile)),
		content,
		fence: fenceAround(content),
		needs: example.packages(profile).join(' and '),
		run: [dev, run].flatMap((words) => (words === undefined ? [] : [shellWords(words)])).join('\n'),
	};
}

function renderGuide(project: Project, specifier: string): string {
	return guideTemplate({
		dashboard: 'https://app.daytona.io/dashboard/keys',
		website: daytona.website,
		keyPlace: keyPlace(project),
		importSpecifier: specifier,
		agentFolder: agentFolder(project),
		examples: EXAMPLES.filter(({ name }) => SHOWN.has(name)).map((example) => showExample(example, project)),
	});
}

function planPackages({ dependencies, installed }: Project): { packages: PlannedPackage[]; notes: readonly string[] } {
	const { packages, notes } = choosePackages([SDK], dependencies, installed);
	const kept = packages.length > 0 ? [] : [{ name: SDK.name, range: dependencies.get(SDK.name) ?? '', action: 'keep' as const }];
	return { packages: [...packages.map((spec) => ({ ...spec, action: 'install' as const })), ...kept], notes };
}

export function plan(project: Project): Plan {
	const { profile } = project.runtime;
	const specifier = connectorImport(project);
	const { packages, notes } = planPackages(project);
	const keyWarning = unignoredKeyFile(project);
	return {
		connector: daytona.name,
		title: daytona.title,
		website: daytona.website,
		files: [
			{
				path: project.connectorPath.value,
				content: withMarker(renderConnectorFile(profile), {
					connector: daytona.name,
					templateVersion: daytona.templateVersion,
					profile: profile.since,
				}),
			},
		],
		packages,
		env: daytona.env,
		importSpecifier: specifier,
		guide: renderGuide(project, specifier),
		warnings: [...project.warnings, ...notes, ...(keyWarning === undefined ? [] : [keyWarning])],
	};
}
