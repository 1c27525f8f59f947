import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { renderConnectorFile } from '../../../src/connectors/daytona/daytona.ts';
import { EXAMPLES } from '../../../src/connectors/daytona/examples.ts';
import { RUNTIME_PROFILES } from '../../../src/ecosystem/flue-runtimes.ts';
import { installedPackages } from '../../support/packages.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const LINTERS = {
	'@biomejs/biome': '2.6.8',
	oxlint: '1.94.0',
	eslint: '10.15.0',
	'typescript-eslint': '8.73.0',
	typescript: '5.9.3',
};

const ESLINT_CONFIG = `import tseslint from 'typescript-eslint';
export default tseslint.config({ files: ['**/*.ts'], extends: [tseslint.configs.strict, tseslint.configs.stylistic] });
`;

/** Connector and examples for each runtime, and a file in which every linter finds something. */
async function lintedProject(): Promise<string> {
	const folder = temporaryFolder({ 'package.json': { type: 'module' }, 'eslint.config.js': ESLINT_CONFIG });
	symlinkSync(join(await installedPackages(LINTERS), 'node_modules'), join(folder, 'node_modules'), 'junction');
	for (const profile of RUNTIME_PROFILES) {
		const examples = EXAMPLES.map((example) => [
			example.path(profile),
			example.content(profile, { connectorImport: '../connectors/daytona' }),
		]);
		const files: Record<string, string> = {
			'connectors/daytona.ts': renderConnectorFile(profile),
			...Object.fromEntries(examples),
		};
		for (const [path, content] of Object.entries(files)) {
			const file = join(folder, 'generated', profile.since, path);
			mkdirSync(dirname(file), { recursive: true });
			writeFileSync(file, content);
		}
	}
	mkdirSync(join(folder, 'faulty'));
	writeFileSync(join(folder, 'faulty/file.ts'), 'export function f(x: any) {\n\tdebugger;\n\treturn x!;\n}\n');
	return folder;
}

it.each([
	['oxlint', ['--deny-warnings']],
	['biome', ['lint', '--error-on-warnings']],
	['eslint', ['--max-warnings', '0']],
])('%s has nothing to say about connectors and examples', async (linter, args) => {
	const cwd = await lintedProject();
	const lint = (folder: string) =>
		execa(join(cwd, 'node_modules/.bin', linter), [...args, folder], { cwd, all: true, reject: false });
	const { exitCode, all } = await lint('generated');
	expect(exitCode, all).toBe(0);
	expect((await lint('faulty')).exitCode).not.toBe(0);
});
