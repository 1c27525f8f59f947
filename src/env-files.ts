import util from 'node:util';
import { isEnvName } from './untrusted.ts';

/** As `@earendil-works/pi-ai`, through which Flue talks to models, reads them. */
const MODEL_KEYS = [
	'ANTHROPIC_API_KEY',
	'ANTHROPIC_OAUTH_TOKEN',
	'OPENAI_API_KEY',
	'AZURE_OPENAI_API_KEY',
	'GEMINI_API_KEY',
	'GOOGLE_API_KEY',
	'GOOGLE_CLOUD_API_KEY',
	'GOOGLE_GENERATIVE_AI_API_KEY',
	'OPENROUTER_API_KEY',
	'AI_GATEWAY_API_KEY',
	'GROQ_API_KEY',
	'MISTRAL_API_KEY',
	'XAI_API_KEY',
	'DEEPSEEK_API_KEY',
	'CEREBRAS_API_KEY',
	'FIREWORKS_API_KEY',
	'TOGETHER_API_KEY',
	'MOONSHOT_API_KEY',
	'KIMI_API_KEY',
	'MINIMAX_API_KEY',
	'ZAI_API_KEY',
	'NVIDIA_API_KEY',
	'XIAOMI_API_KEY',
	'OPENCODE_API_KEY',
	'HF_TOKEN',
	'AWS_BEARER_TOKEN_BEDROCK',
] as const;

export interface EnvNames {
	readonly names: ReadonlySet<string>;
	/** Those of them that have a value. */
	readonly filled: ReadonlySet<string>;
}

/** The names that an env file assigns to. */
export function envNames(text: string): EnvNames {
	// Node.js 20 does not know of `export`.
	const assignments = text.replace(/^\uFEFF/, '').replace(/^[\t ]*export[\t ]+/gm, '');
	const entries = Object.entries(util.parseEnv(assignments)).filter(([name]) => isEnvName(name));
	return {
		names: new Set(entries.map(([name]) => name)),
		filled: new Set(entries.flatMap(([name, value]) => (value === '' ? [] : [name]))),
	};
}

export function holdsModelKey(names: ReadonlySet<string>): boolean {
	return MODEL_KEYS.some((name) => names.has(name));
}
