import { chmodSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CONNECTOR, connectorFile } from '../support/added-project.ts';
import { flue, readTree } from '../support/flue.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const WRITE = ['add', 'daytona', '--write', '--no-install'];

const OURS = connectorFile('0.6.0');

const [FIRST_LINE = '', ...CODE] = OURS.split('\n');

/** What is there, one character per byte, and whose the message says it is. */
const THEIRS = {
	'a file with another word in a string': [
		OURS.replace("from '@daytona/sdk'", "from '@daytona/sdk/mine'"),
		'has local edits',
	],
	'a file with one more comment': [`${OURS}// mine: caf\xE9 \xFF\x00`, 'has local edits'],
	'a file whose fingerprint was changed': [OURS.replace(/fingerprint=..../, 'fingerprint=0000'), 'has local edits'],
	'a file with a licence above the marker': [`// Copyright\n${OURS}`, 'has local edits'],
	'a file without the marker': [CODE.join('\n'), 'was not written by this tool'],
	'a file with half of the marker': [`${FIRST_LINE.slice(0, 30)}\n${CODE.join('\n')}`, 'has local edits'],
	"a file of Flue's guide": [
		'// flue-blueprint: sandbox/daytona@1\r\nexport const daytona = 1;',
		"was written by Flue's own guide, not by this tool",
	],
	'a file by hand': ['export const daytona = () => ({});\n', 'was not written by this tool'],
	'an empty file': ['', 'was not written by this tool'],
	'a file of bytes': ['\x00\xFF\xFE\r\r\n\x80', 'was not written by this tool'],
} as const;

function project(content: string, mode = 0o644): string {
	const cwd = temporaryFolder(FLUE_0_7);
	put(cwd, content);
	chmodSync(join(cwd, CONNECTOR), mode);
	return cwd;
}

function put(cwd: string, content: string): void {
	mkdirSync(join(cwd, CONNECTOR, '..'), { recursive: true });
	writeFileSync(join(cwd, CONNECTOR), content, 'latin1');
}

function modeOf(cwd: string, path: string): string {
	return (lstatSync(join(cwd, path)).mode & 0o7777).toString(8);
}

describe.each(Object.entries(THEIRS))('%s', (_, [content, words]) => {
	test('is a conflict in every mode that would write: exit code 3, whose it is, the way on, and nothing changed', async () => {
		const cwd = project(content);
		const before = readTree(cwd);
		for (const flags of [['--write'], ['--yes'], ['--dry-run'], ['--diff'], ['--write', '--yes']]) {
			const { exitCode, stderr } = await flue(['add', 'daytona', '--no-install', ...flags], { cwd });
			expect({ flags, exitCode }).toEqual({ flags, exitCode: 3 });
			expect(stderr.startsWith(`${CONNECTOR} ${words}.\n`)).toBe(true);
			expect(stderr).toContain('flue add daytona --write --force --no-install\n');
			expect(stderr.includes('See the difference:  flue add daytona --diff --no-install\n')).toBe(
				!flags.includes('--diff'),
			);
			expect(readTree(cwd)).toEqual(before);
		}
	});

	test('is kept byte for byte with its permissions when it is replaced', async () => {
		const cwd = project(content, 0o640);
		const { exitCode, stderr } = await flue([...WRITE, '--force'], { cwd });
		expect(exitCode).toBe(0);
		expect(stderr).toContain(`replaced ${CONNECTOR}, and kept yours as ${CONNECTOR}.orig\n`);
		expect(readFileSync(join(cwd, `${CONNECTOR}.orig`), 'latin1')).toBe(content);
		expect([modeOf(cwd, `${CONNECTOR}.orig`), modeOf(cwd, CONNECTOR)]).toEqual(['640', '640']);
		expect(readFileSync(join(cwd, CONNECTOR), 'latin1')).toBe(OURS);
	});
});

test('never takes the place of an earlier backup', async () => {
	const cwd = project('first');
	for (const next of ['second', 'third', 'last']) {
		await flue([...WRITE, '--force'], { cwd });
		put(cwd, next);
	}
	await flue([...WRITE, '--force'], { cwd });
	const kept = ['.orig', '.orig.2', '.orig.3', '.orig.4'].map((ending) => readTree(cwd)[`${CONNECTOR}${ending}`]);
	expect(kept).toEqual(['first', 'second', 'third', 'last']);
	expect(readTree(cwd)[CONNECTOR]).toBe(OURS);
});

test('passes over a name that a folder, or a link to somewhere else, has', async () => {
	const [cwd, outside] = [project('mine'), temporaryFolder({ secret: 'theirs' })];
	mkdirSync(join(cwd, `${CONNECTOR}.orig`));
	symlinkSync(join(outside, 'secret'), join(cwd, `${CONNECTOR}.orig.2`));
	symlinkSync(join(outside, 'nothing'), join(cwd, `${CONNECTOR}.orig.3`));
	expect((await flue([...WRITE, '--force'], { cwd })).exitCode).toBe(0);
	expect(readTree(cwd)[`${CONNECTOR}.orig.4`]).toBe('mine');
	expect(readTree(outside)).toEqual({ secret: 'theirs' });
});

test('backs up nothing that is ours and untouched, with --force too', async () => {
	const cwd = project(connectorFile('2.0.2'));
	const { exitCode, stderr } = await flue([...WRITE, '--force'], { cwd });
	expect(exitCode).toBe(0);
	expect(stderr).toContain(`updated ${CONNECTOR}\n`);
	expect(Object.keys(readTree(cwd)).filter((path) => path.includes('.orig'))).toEqual([]);
});

test('says in a preview what --force would replace and keep, and names the command with --force', async () => {
	const cwd = project('mine');
	const { exitCode, stderr } = await flue(['add', 'daytona', '--dry-run', '--no-install', '--force'], { cwd });
	expect(exitCode).toBe(0);
	expect(stderr).toContain(`  replace ${CONNECTOR} (yours is kept as ${CONNECTOR}.orig)\n`);
	expect(stderr).toContain('Nothing was changed.\nDo it:  flue add daytona --write --force --no-install\n');
});
