import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { renderConnectorFile } from '../../../src/connectors/daytona/daytona.ts';
import { RUNTIME_PROFILES } from '../../../src/ecosystem/flue-runtimes.ts';
import {
	connectorProject,
	profileOf,
	RUNTIME_VERSIONS,
	RUNTIMES,
	type RuntimeVersion,
} from '../../support/connector.ts';
import { SDK_VERSIONS } from '../../support/daytona/client.ts';
import { installedPackages } from '../../support/packages.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** All that the three templates share begins here. */
function sharedPart(text: string): string {
	return text.slice(text.indexOf('const workingDirectories ='));
}

describe.each(RUNTIME_PROFILES)('the connector for @flue/runtime $since', (profile) => {
	const text = renderConnectorFile(profile);

	it('is plain text: ASCII, LF, tabs, one newline at the end, no blank at the end of a line', () => {
		expect(text).toMatch(/^[\n\t -~]*$/);
		expect(text).toMatch(/[^\n]\n$/);
		expect(text).not.toMatch(/[\t ]\n/);
		expect(text).not.toMatch(/^ +(?! ?\*)/m);
		expect(text).not.toMatch(/\n\n\n/);
	});

	it('is short enough to be read', () => {
		const lines = text.split('\n');
		expect(lines.length).toBeLessThanOrEqual(350);
		expect(lines.filter((line) => line.replaceAll('\t', '    ').length > 124)).toEqual([]);
	});

	it('begins with what it is, how it is used, and who owns the sandbox', () => {
		const header = text.slice(0, text.indexOf('*/'));
		expect(header).toMatch(/^\/\*\*\n \* .*Daytona/);
		expect(header).toContain('You own the sandbox');
		expect(header).toMatch(/daytona\(sandbox\)/);
	});

	it('is the same as every other one, but for the contract at its top', () => {
		expect(sharedPart(text).split('\n').length).toBeGreaterThan(300);
		for (const other of RUNTIME_PROFILES) expect(sharedPart(renderConnectorFile(other))).toBe(sharedPart(text));
	});

	it('takes nothing of the SDK but types, and nothing of Node but Buffer', () => {
		expect(text.match(/^import .*/gm)?.filter((line) => line.includes('@daytona'))).toEqual([
			"import type { Sandbox as DaytonaSandbox } from '@daytona/sdk';",
		]);
		expect(text).not.toMatch(/node:|require\(|globalThis|import\(/);
	});

	it('never changes the life of the sandbox', () => {
		const withoutWords = text.replaceAll(/'[^'\n]*'/g, "''");
		expect(withoutWords).not.toMatch(
			/sandbox\.(start|stop|delete|archive|recover|pause|resize|setAutostopInterval|setAutoDeleteInterval)\b/,
		);
	});
});

describe.each(RUNTIME_VERSIONS)('with @flue/runtime %s', (runtime) => {
	it('the connector is loaded by Node, and exports daytona', async () => {
		const project = await connectorProject({ runtime });
		const code = readFileSync(join(project, 'daytona.mjs'), 'utf8');
		const { stdout } = await execa(
			'node',
			['-e', "import('./daytona.mjs').then((module) => console.log(Object.keys(module).join()))"],
			{
				cwd: project,
			},
		);
		expect(stdout).toBe('daytona');
		expect(code).not.toContain('@daytona/sdk');
		rmSync(project, { recursive: true });
	});

	it.each(SDK_VERSIONS)('and @daytona/sdk %s the connector compiles under the strictest rules', async (sdk) => {
		const project = await typedProject(runtime, sdk);
		const { all, exitCode } = await execa(join(ROOT, 'node_modules/.bin/tsc'), ['-p', project], {
			all: true,
			reject: false,
		});
		expect(all).toBe('');
		expect(exitCode).toBe(0);
		rmSync(project, { recursive: true });
	});
});

const STRICTEST = {
	target: 'es2022',
	lib: ['es2022'],
	module: 'nodenext',
	strict: true,
	exactOptionalPropertyTypes: true,
	noUncheckedIndexedAccess: true,
	noPropertyAccessFromIndexSignature: true,
	noImplicitReturns: true,
	noImplicitOverride: true,
	noUnusedLocals: true,
	noUnusedParameters: true,
	erasableSyntaxOnly: true,
	verbatimModuleSyntax: true,
	isolatedModules: true,
	skipLibCheck: true,
	noEmit: true,
};

async function typedProject(runtime: RuntimeVersion, sdk: string): Promise<string> {
	const project = mkdtempSync(join(tmpdir(), 'typed-'));
	const flue = await installedPackages({ '@flue/runtime': runtime, ...RUNTIMES[runtime].packages });
	const daytona = await installedPackages({ '@daytona/sdk': sdk });
	const links = { '@flue/runtime': flue, '@daytona/sdk': daytona, '@types/node': ROOT };
	for (const [name, folder] of Object.entries(links)) {
		mkdirSync(join(project, 'node_modules', name, '..'), { recursive: true });
		symlinkSync(join(folder, 'node_modules', name), join(project, 'node_modules', name));
	}
	writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
	writeFileSync(join(project, 'daytona.ts'), renderConnectorFile(profileOf(runtime)));
	const compilerOptions = { ...STRICTEST, types: ['node'] };
	writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['daytona.ts'] }));
	return project;
}
