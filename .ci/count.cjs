// The last line of .ci/run: `node .ci/count.cjs <status of the steps> <folder of results>`. Ends with 1 when anything failed.
const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

/** A runner that was killed leaves no results, or half of them. */
function readCounts(file) {
	try {
		const { numPassedTests, numFailedTests, numTotalTests } = JSON.parse(readFileSync(file, 'utf8'));
		return { passed: numPassedTests, failed: numFailedTests, total: numTotalTests };
	} catch {
		return { passed: 0, failed: 0, total: 0 };
	}
}

const [status, folder] = process.argv.slice(2);
let [passed, failed] = [0, 0];
const runners = readdirSync(folder).filter((file) => file.endsWith('.ended'));
for (const file of runners) {
	const ended = Number(readFileSync(join(folder, file), 'utf8'));
	const counts = readCounts(join(folder, file.replace(/ended$/, 'json')));
	// A crash, a file that cannot be loaded, tests that never ran.
	const isBroken = ended !== 0 || counts.passed === 0 || counts.passed + counts.failed < counts.total;
	if (isBroken && counts.failed === 0) counts.failed = 1;
	passed += counts.passed;
	failed += counts.failed;
}
if (failed === 0 && (status !== '0' || runners.length === 0)) failed = 1;
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
