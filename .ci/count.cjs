// The last lines of .ci/run: `node .ci/count.cjs <status of the steps> <folder of results>`. Ends with 1 when anything failed.
const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

/** A runner that was killed leaves no results, or half of them. */
function readResults(file) {
	try {
		return JSON.parse(readFileSync(file, 'utf8'));
	} catch {
		return undefined;
	}
}

const [status, folder] = process.argv.slice(2);
let [passed, failed, skipped] = [0, 0, 0];
for (const file of readdirSync(folder).filter((name) => name.endsWith('.ended'))) {
	const ended = readFileSync(join(folder, file), 'utf8').trim();
	const results = readResults(join(folder, file.replace(/ended$/, 'json')));
	const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0 } = results ?? {};
	passed += numPassedTests;
	skipped += numPendingTests;
	// A crash, or a file that cannot be loaded, has no failed test to count.
	failed += ended !== '0' || results === undefined ? Math.max(numFailedTests, 1) : numFailedTests;
}
if (failed === 0 && (status !== '0' || passed === 0)) failed = 1;
if (skipped > 0) process.stdout.write(`${skipped} skipped, because this machine lacks what they need\n`);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
