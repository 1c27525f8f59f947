import { posix } from 'node:path';
import guideTemplate from '../../../templates/daytona/guide.md.hbs';
import { type ConnectorPackage, choosePackages } from '../../connector-packages.ts';
import { keyPlace, unignoredKeyFile } from '../../key-place.ts';
import { fenceAround } from '../../markdown.ts';
import { withMarker } from '../../marker.ts';
import type { Plan, PlannedPackage } from '../../plan.ts';
import type { Project } from '../../project.ts';
import { importSpecifier } from '../../relative-imports.ts';
import { shellWords } from '../../shell-words.ts';
import type { Connector } from '../connector.ts';
import { renderConnectorFile, TEMPLATE_VERSION } from './connector-file.ts';
import { AGENT_FOLDERS, EXAMPLES, type Example, type ExampleName } from './examples.ts';

const SDK: ConnectorPackage = {
	name: '@daytona/sdk',
	oldest: '0.187.0',
	before: '1.0.0',
	tested: '^0.216.0',
	formerName: '@daytonaio/sdk',
};

const KEYS = [
	{ name: 'DAYTONA_API_KEY', description: 'API key from the Daytona dashboard', required: true },
	{ name: 'DAYTONA_API_URL', description: 'Custom Daytona endpoint', required: false },
	{ name: 'DAYTONA_TARGET', description: 'Daytona region', required: false },
] as const;

const WEBSITE = 'https://www.daytona.io/docs';

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
		website: WEBSITE,
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

function plan(project: Project): Plan {
	const { profile } = project.runtime;
	const specifier = connectorImport(project);
	const { packages, notes } = planPackages(project);
	const keyWarning = unignoredKeyFile(project);
	return {
		connector: daytona.name,
		title: daytona.title,
		website: WEBSITE,
		files: [
			{
				path: project.connectorPath.value,
				content: withMarker(renderConnectorFile(profile), {
					connector: daytona.name,
					templateVersion: TEMPLATE_VERSION,
					profile: profile.since,
				}),
			},
		],
		packages,
		env: KEYS,
		importSpecifier: specifier,
		guide: renderGuide(project, specifier),
		warnings: [...project.warnings, ...notes, ...(keyWarning === undefined ? [] : [keyWarning])],
	};
}

export const daytona: Connector = {
	name: 'daytona',
	title: 'Daytona',
	kind: 'sandbox',
	summary: 'Full Linux sandboxes with a persistent file system, git, Node.js and Python',
	website: WEBSITE,
	aliases: ['@daytona/sdk', '@daytonaio/sdk'],
	packages: ['@daytona/sdk', '@daytonaio/sdk'],
	plan,
};
