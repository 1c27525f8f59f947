import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, linkSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connectorFile } from '../support/added-project.ts';
import { flue, readTree } from '../support/flue.ts';
import { newerNode } from '../support/node.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { isRoot, NOT_HERE, OWN_MOUNTS, shell } from '../support/shell-as.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const CONNECTOR = '.flue/connectors/daytona.ts';

const WRITE = ['add', 'daytona', '--write', '--no-install'];

/** Files of ours that a write changes. */
function project(): string {
	return temporaryFolder({ ...FLUE_0_7, [CONNECTOR]: connectorFile('2.0.2') });
}

const isAppended = (cwd: string) => readFileSync(join(cwd, '.env.example'), 'utf8').includes('DAYTONA_API_KEY');

const SET_XATTR = { x64: 188, arm64: 5 };

const GET_XATTR = { x64: 191, arm64: 8 };

/** With perl, because neither Node nor a shell knows them. Undefined where the machine has none. */
function xattr(numbers: Readonly<Record<string, number>>, call: string, path: string): string | undefined {
	const number = numbers[process.arch];
	const script = `my ($p, $k, $v) = ($ARGV[0], 'user.flue', 'kept0000'); my $n = syscall(${number}, $p, $k, ${call}); exit ${NOT_HERE} if $n < 0; print substr($v, 0, 4);`;
	try {
		return number === undefined ? undefined : execFileSync('perl', ['-e', script, path], { encoding: 'utf8' });
	} catch {
		return undefined;
	}
}

test('the owner, the group and the permissions of a file stay when root writes to it, as in a container', async () => {
	const cwd = project();
	const [owner, group] = isRoot ? [1234, 5678] : [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
	for (const path of [CONNECTOR, '.env.example']) {
		chownSync(join(cwd, path), owner, group);
		chmodSync(join(cwd, path), 0o664);
	}
	expect((await flue(WRITE, { cwd })).exitCode).toBe(0);
	for (const path of [CONNECTOR, '.env.example']) {
		const { uid, gid, mode } = lstatSync(join(cwd, path));
		expect({ path, uid, gid, mode: (mode & 0o7777).toString(8) }).toEqual({
			path,
			uid: owner,
			gid: group,
			mode: '664',
		});
	}
	expect(isAppended(cwd)).toBe(true);
	expect(readFileSync(join(cwd, CONNECTOR), 'utf8')).toBe(connectorFile('0.6.0'));
});

test('the extended attributes of a file stay, and those of one that is replaced go with it', async () => {
	const cwd = temporaryFolder({ ...FLUE_0_7, [CONNECTOR]: '// mine\n' });
	const set = [CONNECTOR, '.env.example'].map((path) => xattr(SET_XATTR, '$v, 4, 0', join(cwd, path)));
	const expected = set.includes(undefined) ? undefined : 'kept';
	expect((await flue([...WRITE, '--force'], { cwd })).exitCode).toBe(0);
	expect(isAppended(cwd)).toBe(true);
	for (const path of [CONNECTOR, `${CONNECTOR}.orig`, '.env.example'])
		expect(xattr(GET_XATTR, '$v, 8', join(cwd, path))).toBe(expected);
});

test('is written without cp as well, with the same permissions', async () => {
	const [cwd, bin] = [project(), temporaryFolder()];
	chmodSync(join(cwd, '.env.example'), 0o640);
	expect((await flue(WRITE, { cwd, env: { PATH: bin } })).exitCode).toBe(0);
	expect(statSync(join(cwd, '.env.example')).mode & 0o777).toBe(0o640);
	expect(isAppended(cwd)).toBe(true);
});

test('another name of the same file keeps what it had: it is not ours', async () => {
	const [cwd, other] = [project(), temporaryFolder()];
	linkSync(join(cwd, '.env.example'), join(other, 'names'));
	expect((await flue(WRITE, { cwd })).exitCode).toBe(0);
	expect(isAppended(cwd)).toBe(true);
	expect(readTree(other)).toEqual({ names: FLUE_0_7['.env.example'] });
});

test('a file that is a mount of its own is written in place', async () => {
	const cwd = project();
	const script = `{ cp .env.example mounted && mount --bind "$PWD/mounted" .env.example && ! mv mounted .env.example; } >&2 || exit ${NOT_HERE}
		"$NODE" "$BIN" ${WRITE.join(' ')} && cat .env.example`;
	const { exitCode, stdout } = await shell(OWN_MOUNTS, script, cwd, { bin: temporaryFolder() });
	expect([0, NOT_HERE]).toContain(exitCode);
	if (exitCode !== NOT_HERE) expect(stdout).toContain('DAYTONA_API_KEY=\n');
	expect(Object.keys(readTree(cwd)).filter((path) => path.includes('flue-draft'))).toEqual([]);
});

test("runs under Node's own permissions, which know neither fchmod nor programs", async () => {
	const [cwd, node] = [project(), await newerNode()];
	const env = { NODE_OPTIONS: `--permission --allow-fs-read=* --allow-fs-write="${cwd}"` };
	const { exitCode, stderr } = await flue(WRITE, { cwd, env, node });
	expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
	expect(isAppended(cwd)).toBe(true);
});

test.each([
	[
		'the folder of the connector',
		(cwd: string, outside: string) => symlinkSync(outside, join(cwd, '.flue/connectors')),
	],
	[
		'the connector',
		(cwd: string, outside: string) => {
			mkdirSync(join(cwd, '.flue/connectors'));
			symlinkSync(join(outside, 'daytona.ts'), join(cwd, CONNECTOR));
		},
	],
])('a link out of the project in the place of %s is never followed', async (_, link) => {
	const [cwd, outside] = [temporaryFolder(FLUE_0_7), temporaryFolder({ 'daytona.ts': 'theirs' })];
	link(cwd, outside);
	expect((await flue([...WRITE, '--force'], { cwd })).exitCode).toBe(2);
	expect(readTree(outside)).toEqual({ 'daytona.ts': 'theirs' });
});
