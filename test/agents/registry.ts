import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { daytona } from '../../src/connectors/daytona/facts.ts';
import { writeFiles } from '../support/temporary-folder.ts';

/** Where the jail's npm looks for packages. */
export const REGISTRY = 'http://127.0.0.1:8080/npm/';

interface StubPackage {
	readonly name: string;
	readonly version: string;
	readonly tarball: Buffer;
}

function packStub(name: string, version: string): StubPackage {
	const folder = mkdtempSync(join(tmpdir(), 'flue-stub-'));
	writeFiles(folder, { 'package/package.json': { name, version }, 'package/index.js': '' });
	execFileSync('tar', ['czf', 'stub.tgz', 'package'], { cwd: folder });
	const tarball = readFileSync(join(folder, 'stub.tgz'));
	rmSync(folder, { recursive: true });
	return { name, version, tarball };
}

let packed: readonly StubPackage[] | undefined;

/** All that a sample project can install. */
function stubs(): readonly StubPackage[] {
	const [sdk] = daytona.packages;
	packed ??= [packStub(sdk.name, sdk.tested.replace('^', '')), packStub('@flue/runtime', '2.1.0')];
	return packed;
}

/** Whether the path was one of the registry's. */
export function answerAsRegistry(path: string, response: ServerResponse): boolean {
	if (!path.startsWith('/npm/')) return false;
	const [name = '', file] = decodeURIComponent(path.slice('/npm/'.length)).split('/-/');
	const stub = stubs().find((one) => one.name === name);
	if (stub === undefined) {
		response.writeHead(404).end('{}');
	} else if (file !== undefined) {
		response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(stub.tarball);
	} else {
		const { version, tarball } = stub;
		const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
		const dist = { tarball: `${REGISTRY}${name}/-/${version}.tgz`, integrity };
		const document = { name, 'dist-tags': { latest: version }, versions: { [version]: { name, version, dist } } };
		response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
	}
	return true;
}
