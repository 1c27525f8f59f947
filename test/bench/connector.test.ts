import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { renderConnectorFile } from '../../src/connectors/daytona/daytona.ts';
import { RUNTIME_PROFILES } from '../../src/ecosystem/flue-runtimes.ts';
import { EXCEPTIONS, MAIN_PATH } from '../connectors/daytona/requests.ts';
import { connect } from '../support/connector.ts';
import { newerNode } from '../support/node.ts';
import { installedPackages } from '../support/packages.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { linkPackages } from '../support/type-check.ts';
import { firstDecile, measureTimes, median, medianTime, peakMemory, showTable } from './figures.ts';
import { plainConnector } from './plain-connector.ts';

test('requests for each operation', () => {
	showTable(
		['operation', 'requests'],
		[...MAIN_PATH, ...EXCEPTIONS].map(({ operation, requests }) => [operation, String(requests)]),
	);
});

test('what the connector adds to the SDK, beside the one that the guide of Flue gives', async () => {
	const { double, daytona, sandbox, close } = await connect();
	const plain = plainConnector(daytona);
	const echo = 'echo hi';
	const rounds = 201;
	const calls = [
		() => daytona.process.executeCommand(echo),
		() => plain.exec(echo),
		() => sandbox.exec(echo),
		() => sandbox.exec(echo, { timeoutMs: 300_000, signal: new AbortController().signal }),
	];
	const echoes: string[] = [];
	for (const call of calls) echoes.push(firstDecile(await measureTimes(rounds, call)).toFixed(1));

	const file = join(sandbox.cwd, 'ten');
	const bytes = Buffer.alloc(10_000_000, 'x');
	writeFileSync(file, bytes);
	const table: string[][] = [
		['SDK alone', echoes[0] ?? ''],
		["Flue's guide", echoes[1] ?? ''],
		['connector', echoes[2] ?? ''],
		['connector, with a deadline and a signal', echoes[3] ?? ''],
	];
	for (const [row, connector] of [
		[table[1], plain],
		[table[2], sandbox],
	] as const) {
		const read = () => connector.readFileBuffer(file);
		const write = () => connector.writeFile(file, bytes);
		const print = () => connector.exec(`cat ${file}`);
		double.requests.reset();
		for (const call of [read, write, print]) row?.push((await medianTime(7, call)).toFixed(0));
		row?.push(String(double.requests.count() / 7));
		for (const call of [read, write, print]) row?.push((await peakMemory(call)).toFixed(0));
	}
	await close();
	const sizes = ['reading 10 MB', 'writing 10 MB', 'printing 10 MB'];
	const head = ['', 'echo, ms (p10)', ...sizes.map((size) => `${size}, ms`), 'requests for the three'];
	showTable([...head, ...sizes.map((size) => `${size}, MB of memory`)], table);
});

test('importing the generated file beside an empty module', async () => {
	const node = await newerNode();
	const [packages, cwd] = [
		await installedPackages({ '@flue/runtime': '2.1.0' }),
		temporaryFolder({ 'package.json': { type: 'module' } }),
	];
	const profile = RUNTIME_PROFILES.at(-1);
	if (profile === undefined) throw new Error('There is no runtime profile.');
	linkPackages(cwd, { '@flue/runtime': join(packages, 'node_modules/@flue/runtime') });
	writeFileSync(join(cwd, 'daytona.ts'), renderConnectorFile(profile));
	writeFileSync(join(cwd, 'empty.ts'), 'export {};\n');
	const time = (file: string) => {
		const script = `await import('@flue/runtime'); const start = performance.now(); await import('./${file}'); console.log(performance.now() - start);`;
		writeFileSync(join(cwd, `time-${file}.mjs`), script);
		return median(
			Array.from({ length: 11 }, () => Number(execFileSync(node, [`time-${file}.mjs`], { cwd, encoding: 'utf8' }))),
		);
	};
	showTable(
		['module', 'ms'],
		['empty.ts', 'daytona.ts'].map((file) => [file, time(file).toFixed(1)]),
	);
});
