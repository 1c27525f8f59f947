import guideTemplate from '../../../templates/daytona/guide.md.hbs';
import { planPackage } from '../../connector-packages.ts';
import { keyPlace, unignoredKeyFile } from '../../key-place.ts';
import { fenceAround } from '../../markdown.ts';
import { withMarker } from '../../marker.ts';
import type { Plan } from '../../plan.ts';
import type { Project } from '../../project.ts';
import { importSpecifier } from '../../relative-imports.ts';
import { shellWords } from '../../shell-words.ts';
import type { Connector } from '../connector.ts';
import { renderConnectorFile, TEMPLATE_VERSION } from './connector-file.ts';
import { examplesFor } from './examples.ts';

const SDK = {
	name: '@daytona/sdk',
	range: '^0.216.0',
	floor: '0.187.0',
	below: '1.0.0',
	formerName: '@daytonaio/sdk',
} as const;

const KEYS = [
	{ name: 'DAYTONA_API_KEY', description: 'API key from the Daytona dashboard', required: true },
	{ name: 'DAYTONA_API_URL', description: 'Custom Daytona endpoint', required: false },
	{ name: 'DAYTONA_TARGET', description: 'Daytona region', required: false },
] as const;

const WEBSITE = 'https://www.daytona.io/docs';

function renderGuide(project: Project, specifier: string): string {
	const examples = examplesFor(project.runtime.profile, specifier);
	return guideTemplate({
		dashboard: 'https://app.daytona.io/dashboard/keys',
		website: WEBSITE,
		keyPlace: keyPlace(project),
		importSpecifier: specifier,
		examples: examples.map((example) => ({
			...example,
			fence: fenceAround(example.content),
			run: example.run.map(shellWords).join('\n'),
		})),
	});
}

function plan(project: Project): Plan {
	const { profile } = project.runtime;
	const specifier = importSpecifier(project);
	const sdk = planPackage(SDK, project);
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
		packages: [sdk.package],
		env: KEYS,
		importSpecifier: specifier,
		guide: renderGuide(project, specifier),
		warnings: [...project.warnings, ...sdk.warnings, ...(keyWarning === undefined ? [] : [keyWarning])],
	};
}

export const daytona: Connector = {
	name: 'daytona',
	title: 'Daytona',
	kind: 'sandbox',
	summary: 'Full Linux sandboxes with a persistent file system, git, Node.js and Python',
	website: WEBSITE,
	aliases: [SDK.name, SDK.formerName],
	packages: [SDK.name, SDK.formerName],
	plan,
};
