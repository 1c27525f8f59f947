import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { type Files, temporaryFolder } from './support/temporary-folder.ts';

const COUNT = join(import.meta.dirname, '../.ci/count.cjs');

function results(passed: number, failed: number, skipped = 0): object {
	return { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped };
}

const GREEN: Files = { 'test.ended': '0\n', 'test.json': results(5, 0) };

test.each<[string, string, Files, string]>([
	['all is right', '0', GREEN, '5 passed, 0 failed'],
	['tests failed', '0', { ...GREEN, 'slow.ended': '1\n', 'slow.json': results(3, 2) }, '8 passed, 2 failed'],
	['a runner crashed before it wrote a word', '0', { ...GREEN, 'slow.ended': '137\n' }, '5 passed, 1 failed'],
	[
		'a runner was killed while it wrote',
		'0',
		{ ...GREEN, 'slow.ended': '1', 'slow.json': '{"num' },
		'5 passed, 1 failed',
	],
	['a runner failed with no failed test', '0', { ...GREEN, 'test.ended': '1\n' }, '5 passed, 1 failed'],
	['a runner ended well and left no results', '0', { ...GREEN, 'slow.ended': '0\n' }, '5 passed, 1 failed'],
	['no test ran', '0', { 'test.ended': '0\n', 'test.json': results(0, 0) }, '0 passed, 1 failed'],
	['a step before the tests failed', '2', {}, '0 passed, 1 failed'],
	['a step failed after the tests', '2', GREEN, '5 passed, 1 failed'],
])('ends a run of all checks with a line of its real numbers when %s', async (_, status, files, line) => {
	const { stdout, exitCode } = await execa(process.execPath, [COUNT, status, temporaryFolder(files)], {
		reject: false,
	});
	expect({ stdout, exitCode }).toEqual({ stdout: line, exitCode: line.endsWith(' 0 failed') ? 0 : 1 });
});

test('says how many tests were skipped', async () => {
	const files = { ...GREEN, 'slow.ended': '0\n', 'slow.json': results(0, 0, 3) };
	const { stdout } = await execa(process.execPath, [COUNT, '0', temporaryFolder(files)]);
	expect(stdout).toMatch(/^3 skipped, .*\n5 passed, 0 failed$/);
});
