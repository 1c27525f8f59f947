import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addedProject, CONNECTOR, connectorFile, installed } from '../support/added-project.ts';
import { flue } from '../support/flue.ts';
import { handWritten } from '../support/hand-written.ts';
import type { Files } from '../support/temporary-folder.ts';

const [OLD, NEW] = [connectorFile('0.6.0'), connectorFile('2.0.2')];

const codeOf = (file: string) => file.slice(file.indexOf('\n') + 1);

const [OLD_CODE, NEW_CODE] = [codeOf(OLD), codeOf(NEW)];

async function check(cwd: string): Promise<{ codes: readonly string[]; errors: readonly string[]; exitCode: unknown }> {
	const { stdout, exitCode } = await flue(['check', 'daytona', '--json'], { cwd });
	const { findings } = JSON.parse(stdout).checked[0];
	const codes = findings.map(({ code }: { code: string }) => code);
	const errors = findings.flatMap(({ code, severity }: { code: string; severity: string }) =>
		severity === 'error' ? [code] : [],
	);
	return { codes, errors, exitCode };
}

function markerOf(file: string): string {
	return file.slice(0, file.indexOf('\n') + 1);
}

describe('a marker is only a claim: wrong is', () => {
	test.each<[string, string, string]>([
		['a conflict that was resolved with the old lines', `${markerOf(NEW)}${OLD_CODE}`, 'contract-mismatch'],
		['an empty file', '', 'export-missing'],
		['a marker without code', markerOf(NEW), 'export-missing'],
		['a marker without even a line end', markerOf(NEW).trim(), 'export-missing'],
		['a file that ends within one of its functions', NEW.slice(0, NEW.lastIndexOf('\n}')), 'code-broken'],
		[
			'a file that ends behind one of its functions',
			NEW.slice(0, NEW.indexOf('\nfunction quote(')),
			'definition-missing',
		],
		[
			'the end of a merge without its beginning',
			NEW.replace('\nfunction ', '\n=======\n>>>>>>> new\nfunction '),
			'merge-unfinished',
		],
		[
			'the end of a merge in a text',
			`${NEW}const text = \`
>>>>>>> new
\`;
`,
			'merge-unfinished',
		],
		['a line of equals signs in the code', NEW.replace('\nfunction ', '\n=======\nfunction '), 'merge-unfinished'],
		['both sides of a merge', `${NEW}${NEW_CODE}`, 'declared-twice'],
		['a merge of which one line stayed old', NEW.replaceAll('timeoutMs', 'timeout'), 'deadline-lost'],
		['code that makes no sandbox', `${markerOf(NEW)}export const daytona = 1;\n`, 'contract-missing'],
		['a string without its end', NEW.replace("';\n", '\n'), 'code-broken'],
		['a bracket without its other one', NEW.replace('\nfunction ', '\n}\nfunction '), 'code-broken'],
	])('%s', async (_, content, error) => {
		expect(await check(addedProject('2.1.0', content))).toMatchObject({ errors: [error], exitCode: 5 });
	});

	test('another profile in the marker than the one of the code', async () => {
		const cwd = addedProject('2.1.0', NEW.replace('profile=2.0.2', 'profile=0.9.0'));
		expect(await check(cwd)).toEqual({ codes: ['file-edited', 'marker-differs'], errors: [], exitCode: 0 });
		const older = addedProject('0.11.1', NEW.replace('profile=2.0.2', 'profile=0.9.0'));
		expect(await check(older)).toMatchObject({ errors: ['contract-mismatch'], exitCode: 5 });
	});

	test('untouched, where the end of a string is missing', async () => {
		const { stdout } = await flue(['check', '--json'], { cwd: addedProject('2.1.0', NEW.replace("';\n", '\n')) });
		expect(JSON.parse(stdout).checked[0].file.state).toBe('edited');
	});

	test('a fingerprint that was computed anew over other code: update leaves it alone', async () => {
		const code = NEW_CODE.replace('PROBE_INTERVAL_MS = ', 'PROBE_INTERVAL_MS = 2 * ');
		const content = `${markerOf(NEW).replace(/fingerprint=\w+/, `fingerprint=${'0'.repeat(32)}`)}${code}`;
		const cwd = addedProject('2.0.1', content);
		expect((await check(cwd)).codes).toContain('file-edited');
		const { exitCode } = await flue(['update', 'daytona', '--write'], { cwd });
		expect(exitCode).toBe(3);
		expect(readFileSync(join(cwd, CONNECTOR), 'utf8')).toBe(content);
	});
});

describe('a marker is only a claim: right is', () => {
	test('an old one over code that was brought up to date by hand', async () => {
		const cwd = addedProject('2.1.0', `${markerOf(OLD)}${NEW_CODE}`);
		expect(await check(cwd)).toEqual({ codes: ['file-edited', 'marker-differs'], errors: [], exitCode: 0 });
	});

	test('a line of equals signs in a comment', async () => {
		const content = NEW.replace('\nfunction ', '\n/*\nTitle\n=======\n*/\nfunction ');
		expect(await check(addedProject('2.1.0', content))).toEqual({ codes: ['file-edited'], errors: [], exitCode: 0 });
	});

	test.each([
		['a byte order mark', `\uFEFF${NEW}`],
		['a name with letters of another alphabet', `${NEW}export const größe = '➜';\n`],
	])('%s', async (_, content) => {
		expect(await check(addedProject('2.1.0', content))).toMatchObject({ errors: [], exitCode: 0 });
	});

	test('a connector that is made elsewhere', async () => {
		const content = `${markerOf(NEW)}import { make } from './make.ts';\nexport const daytona = make;\n`;
		expect((await check(addedProject('2.1.0', content))).errors).toEqual([]);
	});

	test('another name of what is exported', async () => {
		const content = NEW.replace('export function daytona(', 'export function sandboxOf(');
		expect(await check(addedProject('2.1.0', content))).toEqual({
			codes: ['file-edited', 'export-renamed'],
			errors: [],
			exitCode: 0,
		});
	});

	test.each(['export default daytona;', 'export { daytona as sandbox };', 'export * from "./other.ts";'])(
		'a file of another hand with %s',
		async (code) => {
			expect((await check(addedProject('2.1.0', `function daytona() {}\n${code}\n`))).errors).toEqual([]);
		},
	);
});

test('update puts the new lines where a conflict was resolved with the old ones', async () => {
	const cwd = addedProject('2.1.0', `${markerOf(NEW)}${OLD_CODE}`);
	const { exitCode } = await flue(['update', 'daytona', '--write'], { cwd });
	expect(exitCode).toBe(0);
	expect(readFileSync(join(cwd, CONNECTOR), 'utf8')).toBe(NEW);
	expect(await check(cwd)).toEqual({ codes: [], errors: [], exitCode: 0 });
});

describe('a class that the runtime does not have', () => {
	const mine = (names: string) =>
		`import { createSandboxSessionEnv, ${names} } from '@flue/runtime';\nexport const daytona = { createSessionEnv() { return createSandboxSessionEnv(options.timeoutMs); } };\n`;

	test('is seen in code of another hand', async () => {
		const cwd = addedProject('1.0.0-beta.9', mine('SandboxDiedError'));
		expect(await check(cwd)).toMatchObject({ errors: ['class-missing'], exitCode: 5 });
	});

	test('may be imported as a type', async () => {
		expect((await check(addedProject('1.0.0-beta.9', mine('type SandboxDiedError')))).errors).toEqual([]);
	});
});

describe('somebody else’s connector', () => {
	const withoutKey: Files = { '.env': '' };

	test('is not told what only ours needs', async () => {
		const code = handWritten('timeoutMs', 'options?.timeoutMs').replace("'@daytona/sdk'", "'my-sdk'");
		const cwd = addedProject('2.0.1', code, {
			...withoutKey,
			'package.json': { name: 'bot', dependencies: { '@flue/runtime': '2.0.1', 'my-sdk': '1.0.0' } },
		});
		expect(await check(cwd)).toEqual({ codes: ['file-of-others', 'key-missing'], errors: [], exitCode: 0 });
	});

	test('may have an SDK that is too old for ours', async () => {
		const cwd = addedProject('2.0.1', handWritten('timeoutMs', 'options?.timeoutMs'), {
			'package.json': { name: 'bot', dependencies: { '@flue/runtime': '2.0.1', '@daytona/sdk': '0.100.0' } },
			...installed({ '@daytona/sdk': '0.100.0' }),
		});
		expect((await check(cwd)).errors).toEqual([]);
	});

	test('needs the packages that it imports', async () => {
		const cwd = addedProject(
			'2.0.1',
			handWritten('timeoutMs', 'options?.timeoutMs').replace('@daytona/', '@daytonaio/'),
		);
		expect(await check(cwd)).toMatchObject({ errors: ['package-undeclared'], exitCode: 5 });
	});
});

test('a version that is declared and another one that is installed are not the same', async () => {
	const declared = (range: string, runtime = '2.1.0'): Files => ({
		'package.json': { name: 'bot', dependencies: { '@flue/runtime': runtime, '@daytona/sdk': range } },
	});
	expect(await check(addedProject('2.1.0', NEW, declared('^0.216.0', '0.7.1')))).toMatchObject({
		errors: ['package-differs'],
	});
	expect(await check(addedProject('2.1.0', NEW, declared('^0.216.0', '^2.0.3')))).toMatchObject({ errors: [] });
	expect(await check(addedProject('2.1.0', NEW, declared('0.100.0')))).toMatchObject({ errors: ['package-too-old'] });
	expect(await check(addedProject('2.1.0', NEW, declared('0.190.0')))).toMatchObject({ errors: ['package-differs'] });
	expect(await check(addedProject('2.1.0', NEW, declared('^0.200.0 || ^0.216.0')))).toMatchObject({ errors: [] });
});

describe('an example of ours', () => {
	const read = (path: string) => readFileSync(join(import.meta.dirname, '../golden/examples', path), 'utf8');
	const connector = (text: string, extension = '') =>
		text.replace(/\.\.\/connectors\/daytona[.\w]*/, `../connectors/daytona${extension}`);

	test('for another runtime is wrong, and update brings it to this one', async () => {
		const path = '.flue/workflows/hello-daytona.ts';
		const cwd = addedProject('2.1.0', connectorFile('1.0.0-beta.3'), {
			[path]: read('1.0.0-beta.3/workflows/hello-daytona.ts').replaceAll('\t', '  '),
		});
		expect((await check(cwd)).errors).toEqual(['contract-mismatch', 'example-outdated']);
		expect((await flue(['update', 'daytona', '--write'], { cwd })).exitCode).toBe(0);
		expect(readFileSync(join(cwd, path), 'utf8')).toBe(read('2.0.2/agents/hello-daytona.ts').replaceAll('\t', '  '));
		expect((await check(cwd)).errors).toEqual([]);
	});

	test('keeps its own way to import the connector', async () => {
		const path = '.flue/agents/hello-daytona.ts';
		const cwd = addedProject('2.1.0', NEW, { [path]: connector(read('2.0.0/agents/hello-daytona.ts'), '.js') });
		const written = read('2.0.0/agents/hello-daytona.ts') === read('2.0.2/agents/hello-daytona.ts');
		expect((await check(cwd)).errors).toEqual(written ? [] : ['example-outdated']);
		expect((await flue(['update', 'daytona', '--write'], { cwd })).exitCode).toBe(0);
		expect(readFileSync(join(cwd, path), 'utf8')).toBe(connector(read('2.0.2/agents/hello-daytona.ts'), '.js'));
	});

	test('is replaced when it is asked for anew, and stays when it has edits', async () => {
		const path = '.flue/agents/hello-daytona.ts';
		const cwd = addedProject('2.1.0', NEW, { [path]: read('2.0.0/agents/hello-daytona.ts') });
		const add = () => flue(['add', 'daytona', '--example', 'basic', '--write', '--yes'], { cwd });
		expect((await add()).exitCode).toBe(0);
		expect((await check(cwd)).errors).toEqual([]);
		writeFileSync(join(cwd, path), `${read('2.0.0/agents/hello-daytona.ts')}// mine\n`);
		expect((await check(cwd)).errors).toEqual([]);
		expect((await flue(['update', 'daytona', '--write'], { cwd })).stderr).toContain('Nothing to do');
		expect((await add()).exitCode).toBe(3);
	});

	test('that lies where this runtime does not look is to be added anew', async () => {
		const cwd = addedProject('0.11.1', connectorFile('0.9.0'), {
			'.flue/agents/hello-daytona.ts': read('0.6.0/agents/hello-daytona.ts'),
		});
		const { stderr, exitCode } = await flue(['check'], { cwd });
		expect(exitCode).toBe(5);
		expect(stderr).toContain('flue add daytona --example basic --write');
	});
});
