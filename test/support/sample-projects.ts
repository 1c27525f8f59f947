import type { Files } from './temporary-folder.ts';

const AGENT = `import type { FlueContext } from '@flue/runtime';

export const triggers = { webhook: true };

export default async function ({ init }: FlueContext) {
	const harness = await init({ model: 'anthropic/claude-sonnet-4-6' });
	const session = await harness.session();
	return await session.prompt('Say hello.');
}
`;

/** A project of the first era: sources in `.flue/`, npm, no Daytona yet. */
export const FLUE_0_7: Files = {
	'package.json': {
		name: 'support-bot',
		private: true,
		type: 'module',
		scripts: { dev: 'flue dev --target node --env .env' },
		dependencies: { '@flue/runtime': '^0.7.1' },
		devDependencies: { '@flue/cli': '^0.7.1', typescript: '^5.9.0' },
	},
	'package-lock.json': { name: 'support-bot', lockfileVersion: 3, packages: {} },
	'tsconfig.json': `{
	// Flue bundles the agents.
	"compilerOptions": { "strict": true, "module": "esnext", "moduleResolution": "bundler", "noEmit": true },
	"include": [".flue"]
}
`,
	'.flue/agents/hello.ts': AGENT,
	'.gitignore': 'node_modules\n.env\n',
	'.env.example': 'ANTHROPIC_API_KEY=\n',
	'README.md': '# Support bot\n',
};
