import { join } from 'node:path';
import type { Act } from './model.ts';
import { newerNode } from '../support/node.ts';
import { installedPackages } from '../support/packages.ts';
import type { Files } from '../support/temporary-folder.ts';

const PLATFORM = `${process.platform}-${process.arch}`;
const SERVER = 'http://127.0.0.1:8080';

export interface RealAgent {
	/** Exact versions of npm. */
	readonly packages: Readonly<Record<string, string>>;
	/** Its program, below `node_modules`. */
	readonly program: string;
	readonly needsNewerNode?: true;
	/** Its settings, below HOME: those of an account that has been through its first start, in a project that it trusts. */
	readonly settings: (home: string, project: string) => Files;
	readonly env?: Readonly<Record<string, string>>;
	/** What its model calls to run a command, and to write a file. */
	readonly shell: (command: string) => Act;
	readonly write: (project: string, path: string, content: string) => Act;
	/** What a person types to leave it. */
	readonly quit: string;
}

function chatModel(id: string): object {
	return { id, name: id, contextWindow: 200_000, maxTokens: 32_000, input: ['text'], reasoning: false };
}

const PATCH_LINE = /^(?=.)|^(?=\n)/gm;

function addFilePatch(path: string, content: string): string {
	return `*** Begin Patch\n*** Add File: ${path}\n${content.replace(/\n$/, '').replaceAll(PATCH_LINE, '+')}\n*** End Patch\n`;
}

export const REAL_AGENTS = {
	claude: {
		packages: { [`@anthropic-ai/claude-code-${PLATFORM}`]: '2.1.332' },
		program: `@anthropic-ai/claude-code-${PLATFORM}/claude`,
		settings: (_, project) => ({
			'.claude.json': {
				hasCompletedOnboarding: true,
				lastOnboardingVersion: '9.9.9',
				theme: 'dark',
				numStartups: 5,
				customApiKeyResponses: { approved: ['fake-key-for-a-check'], rejected: [] },
				autoModeClassifierBillingNoticeAcknowledgedAt: 1_795_629_002_381,
				projects: { [project]: { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true } },
			},
		}),
		env: { ANTHROPIC_BASE_URL: SERVER, ANTHROPIC_API_KEY: 'fake-key-for-a-check', DISABLE_AUTOUPDATER: '1' },
		shell: (command) => ({ tool: 'Bash', input: { command, description: 'a step' } }),
		write: (project, path, content) => ({ tool: 'Write', input: { file_path: join(project, path), content } }),
		quit: '/exit',
	},
	codex: {
		packages: { '@openai/codex': '0.169.0' },
		program: '@openai/codex/bin/codex.js',
		settings: (_, project) => ({
			'.codex/config.toml': `model = "gpt-6.1-sol"
model_provider = "fake"
check_for_update_on_startup = false
[model_providers.fake]
name = "fake"
base_url = "${SERVER}/v1"
env_key = "FAKE_KEY"
wire_api = "responses"
[projects."${project}"]
trust_level = "trusted"
`,
		}),
		env: { FAKE_KEY: 'fake' },
		// Its models call their tools from JavaScript.
		shell: (command) => ({
			tool: 'exec',
			input: `let r = await tools.exec_command({ cmd: ${JSON.stringify(command)} });
let out = r.output;
while (r.session_id !== undefined) {
	r = await tools.write_stdin({ session_id: r.session_id, chars: '', yield_time_ms: 5000 });
	out += r.output;
}
text(out);`,
		}),
		write: (_, path, content) => ({
			tool: 'exec',
			input: `text(await tools.apply_patch(${JSON.stringify(addFilePatch(path, content))}));`,
		}),
		quit: '/quit',
	},
	opencode: {
		packages: { [`opencode-${PLATFORM}`]: '1.18.33' },
		program: `opencode-${PLATFORM}/bin/opencode`,
		settings: () => ({
			'.config/opencode/opencode.json': {
				model: 'fake/fake',
				small_model: 'fake/fake',
				autoupdate: false,
				provider: {
					fake: {
						npm: '@ai-sdk/openai-compatible',
						name: 'fake',
						options: { baseURL: `${SERVER}/v1`, apiKey: 'fake' },
						models: { fake: { name: 'fake', limit: { context: 200_000, output: 32_000 } } },
					},
				},
			},
		}),
		env: { OPENCODE_DISABLE_AUTOUPDATE: '1', OPENCODE_DISABLE_MODELS_FETCH: '1' },
		shell: (command) => ({ tool: 'bash', input: { command, description: 'a step' } }),
		write: (project, path, content) => ({ tool: 'write', input: { filePath: join(project, path), content } }),
		quit: '/exit',
	},
	pi: {
		packages: { '@earendil-works/pi-coding-agent': '1.3.0' },
		program: '@earendil-works/pi-coding-agent/dist/bundle/cli.js',
		needsNewerNode: true,
		settings: () => ({
			'.pi/agent/models.json': {
				providers: {
					fake: {
						baseUrl: `${SERVER}/v1`,
						api: 'openai-completions',
						apiKey: 'fake',
						models: [{ ...chatModel('fake'), cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 } }],
					},
				},
			},
			'.pi/agent/settings.json': { defaultProvider: 'fake', defaultModel: 'fake', quietStartup: true },
		}),
		shell: (command) => ({ tool: 'bash', input: { command } }),
		write: (project, path, content) => ({ tool: 'write', input: { path: join(project, path), content } }),
		quit: '/quit',
	},
} as const satisfies Record<string, RealAgent>;

export type RealAgentName = keyof typeof REAL_AGENTS;

export interface InstalledAgent extends RealAgent {
	readonly name: RealAgentName;
	/** The folder to mount, and what to put before the program to run it. */
	readonly modules: string;
	readonly node: string;
}

/** Fetches the agent, once, into the cache of the tests. */
export async function installAgent(name: RealAgentName): Promise<InstalledAgent> {
	const agent: RealAgent = REAL_AGENTS[name];
	const folder = await installedPackages(agent.packages);
	const node = agent.needsNewerNode ? await newerNode() : process.execPath;
	return { ...agent, name, modules: join(folder, 'node_modules'), node };
}
