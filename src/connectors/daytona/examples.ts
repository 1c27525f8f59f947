import createAgentCode from '../../../templates/daytona/examples/create-agent/code.ts.hbs';
import createAgentImage from '../../../templates/daytona/examples/create-agent/custom-image.ts.hbs';
import createAgentBasic from '../../../templates/daytona/examples/create-agent/hello-daytona.ts.hbs';
import defineWorkflowCode from '../../../templates/daytona/examples/define-workflow/code.ts.hbs';
import defineWorkflowImage from '../../../templates/daytona/examples/define-workflow/custom-image.ts.hbs';
import defineWorkflowBasic from '../../../templates/daytona/examples/define-workflow/hello-daytona.ts.hbs';
import triggersCode from '../../../templates/daytona/examples/triggers/code.ts.hbs';
import triggersImage from '../../../templates/daytona/examples/triggers/custom-image.ts.hbs';
import triggersBasic from '../../../templates/daytona/examples/triggers/hello-daytona.ts.hbs';
import useAgentCode from '../../../templates/daytona/examples/use-agent/code.ts.hbs';
import useAgentImage from '../../../templates/daytona/examples/use-agent/custom-image.ts.hbs';
import useAgentBasic from '../../../templates/daytona/examples/use-agent/hello-daytona.ts.hbs';
import type { AgentApi, RuntimeProfile } from '../../ecosystem/flue-runtimes.ts';
import type { ConnectorPackage } from '../../plan/packages.ts';
import { daytona } from './facts.ts';

type ExampleName = (typeof daytona.examples)[number];

interface ExamplePlace {
	readonly sourceDir: string;
	/** How the example imports the connector, ending included: "../connectors/daytona", "../connectors/daytona.ts". */
	readonly connectorImport: string;
	/** The local file of keys that is not `.env`, or that this `flue` does not read by itself; relative to the package root. */
	readonly envFile: string | undefined;
}

/** A command as words: "flue" stands for however this project runs it, "vite" for Vite as its package manager runs it. */
export interface ExampleCommand {
	readonly words: readonly string[];
	/** The command that serves the example comes before the one that runs it. */
	readonly does: 'serve' | 'run';
}

export type ExampleTarget = 'node' | 'cloudflare';

export interface Example {
	readonly name: ExampleName;
	readonly title: string;
	readonly description: string;
	/** Relative to the source directory, with `/`. */
	path(profile: RuntimeProfile): string;
	content(profile: RuntimeProfile, place: Pick<ExamplePlace, 'connectorImport'>): string;
	/** What the file imports temporaryPath the runtime and the connector's own packages. */
	packages(profile: RuntimeProfile): readonly ConnectorPackage[];
	/** The agent's function or the workflow's file name, of which Flue makes names on Cloudflare. */
	agentName(profile: RuntimeProfile): string;
	commands(
		profile: RuntimeProfile,
		target: ExampleTarget,
		place: Pick<ExamplePlace, 'sourceDir' | 'envFile'>,
	): readonly ExampleCommand[];
}

type Render = (view: object) => string;

interface ExampleSource {
	readonly name: ExampleName;
	readonly title: string;
	readonly description: string;
	readonly file: string;
	/** The agent's function in 2.x. */
	readonly agent: string;
	readonly templates: Readonly<Record<AgentApi, Render>>;
	/** A first message, for runtimes in which every run is one. */
	readonly message: string;
	/** The JSON that the example expects from outside, apart from the message. */
	readonly input: Readonly<Record<string, string>> | undefined;
}

const SOURCES = [
	{
		name: 'basic',
		title: 'Basic usage',
		description: 'Creates a Daytona sandbox and runs a command in it.',
		file: 'hello-daytona',
		agent: 'HelloDaytona',
		templates: {
			triggers: triggersBasic,
			'create-agent': createAgentBasic,
			'define-workflow': defineWorkflowBasic,
			'use-agent': useAgentBasic,
		},
		message: 'Which Linux is this?',
		input: undefined,
	},
	{
		name: 'coding-agent',
		title: 'Full coding agent',
		description:
			'Clones a repository, installs its dependencies, then works in the project directory of the same sandbox.',
		file: 'code',
		agent: 'Code',
		templates: {
			triggers: triggersCode,
			'create-agent': createAgentCode,
			'define-workflow': defineWorkflowCode,
			'use-agent': useAgentCode,
		},
		message: 'Run the tests and fix what fails.',
		input: { repo: 'https://github.com/your-name/your-project' },
	},
	{
		name: 'image',
		title: 'Declarative image builder',
		description:
			'Defines an image in code, builds it into a snapshot once, then starts every sandbox from the snapshot.',
		file: 'custom-image',
		agent: 'CustomImage',
		templates: {
			triggers: triggersImage,
			'create-agent': createAgentImage,
			'define-workflow': defineWorkflowImage,
			'use-agent': useAgentImage,
		},
		message: 'Which versions of Node.js and ripgrep are installed?',
		input: undefined,
	},
] as const satisfies readonly ExampleSource[];

/** Below the source directory; what the examples are put into, and what imports the connector. */
export const AGENT_FOLDERS = {
	triggers: 'agents',
	'create-agent': 'workflows',
	'define-workflow': 'workflows',
	'use-agent': 'agents',
} as const satisfies Record<AgentApi, string>;

function runArguments(
	{ file, input, message }: ExampleSource,
	api: AgentApi,
	target: ExampleTarget,
	modulePath: string,
): readonly string[] {
	const json = input && JSON.stringify({ ...input, prompt: message });
	switch (api) {
		case 'triggers':
			return [file, '--target', target, '--id', `${file}-1`, ...(json ? ['--payload', json] : [])];
		case 'create-agent':
			return [file, '--target', target, ...(json ? ['--payload', json] : [])];
		case 'define-workflow':
			return [file, '--target', target, ...(json ? ['--input', json] : [])];
		case 'use-agent':
			return [modulePath, '-m', message, ...(input ? ['--data', JSON.stringify(input)] : [])];
	}
}

function describeExample(source: ExampleSource): Example {
	const path = ({ agentApi }: RuntimeProfile) => `${AGENT_FOLDERS[agentApi]}/${source.file}.ts`;
	return {
		name: source.name,
		title: source.title,
		description: source.description,
		path,
		content: (profile, { connectorImport }) =>
			source.templates[profile.agentApi]({
				connectorImport,
				agent: source.file,
				snapshot: source.name === 'image',
				createSandbox: profile.contract === 'driver' ? 'createSandbox' : 'createSessionEnv',
			}),
		packages: ({ agentApi }) =>
			source.input && (agentApi === 'define-workflow' || agentApi === 'use-agent') ? daytona.examplePackages : [],
		agentName: ({ agentApi }) => (agentApi === 'use-agent' ? source.agent : source.file),
		commands: (profile, target, { sourceDir, envFile }) => {
			const modulePath = sourceDir === '.' ? path(profile) : `${sourceDir}/${path(profile)}`;
			const { runs } = profile.cloudflare;
			// In workerd the keys are bindings, which come from wrangler's files.
			const envOption = envFile === undefined || (target === 'cloudflare' && runs !== 'vite') ? [] : ['--env', envFile];
			const run = ['flue', 'run', ...runArguments(source, profile.agentApi, target, modulePath), ...envOption];
			if (profile.agentApi === 'use-agent' && target === 'node') return [{ words: run, does: 'run' }];
			const dev = runs === 'vite' ? ['vite', 'dev'] : ['flue', 'dev', '--target', target, ...envOption];
			// Before 1.0.0-beta.3 `flue run` refuses every target but Node.
			const canRun = target === 'node' || runs !== 'dev';
			return [{ words: dev, does: 'serve' }, ...(canRun ? [{ words: run, does: 'run' } as const] : [])];
		},
	};
}

export const EXAMPLES: readonly Example[] = SOURCES.map(describeExample);
