import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
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

const PLAIN_CONNECTOR = join(import.meta.dirname, 'plain-connector.mjs');

test('requests for each operation', () => {
	showTable(
		['operation', 'requests'],
		[...MAIN_PATH, ...EXCEPTIONS].map(({ operation, requests }) => [operation, String(requests)]),
	);
});

test('what the connector adds to the SDK, beside the one that the guide of Flue gives', async () => {
	const ours = await connect();
	const plain = await connect({ edit: () => readFileSync(PLAIN_CONNECTOR, 'utf8') });
	const echo = 'echo hi';
	const calls = {
		'SDK alone': () => ours.daytona.process.executeCommand(echo),
		"Flue's guide": () => plain.sandbox.exec(echo),
		connector: () => ours.sandbox.exec(echo),
		'connector, with a deadline and a signal': () =>
			ours.sandbox.exec(echo, { timeoutMs: 300_000, signal: new AbortController().signal }),
	};
	const echoes: string[][] = [];
	for (const [name, call] of Object.entries(calls)) {
		echoes.push([name, firstDecile(await measureTimes(201, call)).toFixed(1)]);
	}
	showTable(['', 'echo, ms (p10)'], echoes);

	const bytes = Buffer.alloc(10_000_000, 'x');
	const rows: string[][] = [];
	for (const [name, { double, sandbox }] of Object.entries({ "Flue's guide": plain, connector: ours })) {
		const file = join(sandbox.cwd, 'ten');
		writeFileSync(file, bytes);
		const operations = {
			'reading 10 MB': () => sandbox.readFileBuffer(file),
			'writing 10 MB': () => sandbox.writeFile(file, bytes),
			'printing 10 MB': () => sandbox.exec(`cat ${file}`),
		};
		for (const [operation, call] of Object.entries(operations)) {
			double.requests.reset();
			await call();
			const requests = double.requests.count();
			const [time, memory] = [await medianTime(7, call), await peakMemory(5, call)];
			rows.push([`${operation}, ${name}`, String(requests), time.toFixed(0), memory.toFixed(0)]);
		}
	}
	showTable(['', 'requests', 'ms', 'MB of memory, with the double'], rows);
	await plain.close();
	await ours.close();
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
