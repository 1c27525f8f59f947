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
import { median, medianTime, showTable } from './figures.ts';

test('requests for each operation', () => {
	showTable(
		['operation', 'requests'],
		[...MAIN_PATH, ...EXCEPTIONS].map(({ operation, requests }) => [operation, String(requests)]),
	);
});

test('what the connector adds to the SDK', async () => {
	const { double, daytona, sandbox, close } = await connect();
	const echo = 'echo hi';
	const rawEcho = await medianTime(101, () => daytona.process.executeCommand(echo));
	const ownEcho = await medianTime(101, () => sandbox.exec(echo));
	double.requests.reset();
	await sandbox.exec(echo);
	const [request] = double.requests.entries;
	const bytes = JSON.stringify(request?.body).length - JSON.stringify({ command: echo, timeout: 0 }).length;

	const file = join(sandbox.cwd, 'ten');
	writeFileSync(file, Buffer.alloc(10_000_000, 'x'));
	const rawRead = await medianTime(11, () => daytona.fs.downloadFile(file));
	const ownRead = await medianTime(11, () => sandbox.readFileBuffer(file));
	await close();
	showTable(
		['', 'SDK alone', 'connector'],
		[
			['echo, ms', rawEcho.toFixed(1), ownEcho.toFixed(1)],
			['reading 10 MB, ms', rawRead.toFixed(0), ownRead.toFixed(0)],
			['bytes that a request for echo has more', '0', String(bytes)],
		],
	);
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
