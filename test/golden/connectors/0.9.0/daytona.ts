// flue-connectors: daytona@1 profile=0.9.0 fingerprint=afc25b31e14c221be723856d70aaea22
/**
 * Runs the tools of a Flue agent in a Daytona sandbox: createAgent(() => ({ sandbox: daytona(sandbox), model }))
 * You own the sandbox: nothing here creates, starts, stops or deletes it.
 */
import type { Sandbox as DaytonaSandbox } from '@daytona/sdk';
import type { SandboxApi, SandboxFactory, ShellResult } from '@flue/runtime';
import { createSandboxSessionEnv } from '@flue/runtime';

export function daytona(sandbox: DaytonaSandbox): SandboxFactory {
	return {
		async createSessionEnv() {
			const api: SandboxApi = {
				...fileOperations(sandbox),
				exec: (command, { timeout, ...options } = {}) => exec(sandbox, command, { ...options, deadlineSeconds: timeout }),
			};
			return createSandboxSessionEnv(api, await workingDirectory(sandbox));
		},
	};
}

function sandboxDied(_operation: string, message: string): Error {
	return new Error(message);
}

const workingDirectories = new WeakMap<DaytonaSandbox, Promise<string>>();

/** It cannot change while the sandbox exists, so it is asked for once. A `cwd` of the agent's is Flue's to apply. */
function workingDirectory(sandbox: DaytonaSandbox): Promise<string> {
	const known = workingDirectories.get(sandbox);
	if (known !== undefined) return known;
	const asked = whileAlive(sandbox, 'getWorkDir', sandbox.getWorkDir()).then((directory) => {
		if (directory === undefined) throw new Error('Daytona names no working directory for this sandbox.');
		return directory;
	});
	workingDirectories.set(sandbox, asked);
	asked.catch(() => workingDirectories.delete(sandbox));
	return asked;
}

interface CommandOptions {
	readonly cwd?: string | undefined;
	readonly env?: Record<string, string> | undefined;
	readonly deadlineSeconds?: number | undefined;
	readonly signal?: AbortSignal | undefined;
}

/** Bytes of stdout, and of stderr, that a command may return: Daytona holds the answer in the sandbox's memory. */
const OUTPUT_LIMIT = 10 * 1024 * 1024;

async function exec(sandbox: DaytonaSandbox, command: string, options: CommandOptions): Promise<ShellResult> {
	options.signal?.throwIfAborted();
	const id = crypto.randomUUID();
	const marker = newMarker();
	// Daytona counts in 32 bits.
	const seconds = options.deadlineSeconds === undefined ? undefined : Math.min(Math.max(options.deadlineSeconds, 0), 1e9);
	// The script keeps the deadline. Daytona's own, which drops all output, is the backstop; 0 means none.
	const backstop = seconds === undefined ? 0 : Math.ceil(seconds) + 6;
	const script = execScript(command, { ...options, deadlineSeconds: seconds }, id, marker);
	const call = sandbox.process.executeCommand(script, undefined, undefined, backstop).catch((error: unknown) => {
		if (statusOf(error) === 408) return undefined;
		throw error;
	});
	const cancellation = cancelOnAbort(sandbox, id, options.signal);
	try {
		const answer = await whileAlive(sandbox, 'exec', Promise.race([call, cancellation.failure]));
		return answer === undefined ? stoppedAtDeadline('', '', seconds) : readResult(answer, marker, seconds);
	} finally {
		cancellation.dispose();
	}
}

function readResult(answer: { result: string; exitCode: number }, marker: string, seconds: number | undefined): ShellResult {
	const [noise = '', stdout = '', stderr, ending] = answer.result.split(`${marker}\n`);
	if (stderr === undefined || ending === undefined) {
		const reason = `${noise}[the shell around the command was killed: by the command, or for want of memory]\n`;
		return { stdout, stderr: reason, exitCode: answer.exitCode > 0 ? answer.exitCode : 137 };
	}
	const noted = stderr + cutNote('stdout', stdout) + cutNote('stderr', stderr);
	if (ending.includes('late')) return stoppedAtDeadline(stdout, noted, seconds);
	return { stdout, stderr: noted, exitCode: Number.parseInt(ending, 10) };
}

function cutNote(stream: string, text: string): string {
	if (Buffer.byteLength(text) <= OUTPUT_LIMIT) return '';
	return `\n[${stream} is cut after ${OUTPUT_LIMIT} bytes: redirect it to a file to have all of it]\n`;
}

function stoppedAtDeadline(stdout: string, stderr: string, seconds: number | undefined): ShellResult {
	const gap = stderr === '' || stderr.endsWith('\n') ? '' : '\n';
	return { stdout, stderr: `${stderr}${gap}[stopped at the deadline of ${seconds} s]\n`, exitCode: 124 };
}

/**
 * Daytona cannot stop a command, so an abort sends a second one that does, and the first settles by itself: whether the
 * caller waits for that is for Flue to say. Only a failure to cancel ends the wait.
 */
function cancelOnAbort(sandbox: DaytonaSandbox, id: string, signal: AbortSignal | undefined) {
	let fail: (reason: Error) => void = () => undefined;
	const failure = new Promise<never>((_resolve, reject) => (fail = reject));
	const cancel = async () => {
		try {
			const { exitCode } = await sandbox.process.executeCommand(cancelScript(id), undefined, undefined, 30);
			if (exitCode !== 0) throw new Error(`the sandbox answers with exit code ${exitCode}`);
		} catch (error) {
			const message = `The command could not be cancelled and may still be running: ${messageOf(error)}`;
			fail(Object.assign(new Error(message, { cause: error }), { name: 'AbortError' }));
		}
	};
	signal?.addEventListener('abort', cancel, { once: true });
	return { failure, dispose: () => signal?.removeEventListener('abort', cancel) };
}

/**
 * Daytona gives the script to whatever shell the image has, on its stdin, merges the output, and waits until nobody holds
 * that open. Hence one group, which a shell parses whole before a command can eat the rest of it; the command as one
 * quoted word; and its output in unlinked files, which a background job may hold. Without a writable /tmp both streams
 * come as one, in the session of the shell, where Daytona's own deadline reaches them.
 */
function execScript(command: string, options: CommandOptions, id: string, marker: string): string {
	const { cwd, env = {}, deadlineSeconds, signal } = options;
	// env(1), since names such as UID or status are read-only in some shells.
	const variables = Object.entries(env).map(([name, value]) => quote(`${name}=${value}`));
	const setEnvironment = variables.length === 0 ? '' : `env ${variables.join(' ')} `;
	const enter = cwd === undefined ? '' : `cd -- ${quote(cwd.startsWith('/') ? cwd : `./${cwd}`)} || exit 1`;
	// One argument of a program holds at most 128 KiB on Linux.
	const isLong = Buffer.byteLength(command) > 100_000;
	const program = isLong ? '$f.c' : `-c ${quote(command)} "\${bash##*/}"`;
	const hasDeadline = deadlineSeconds !== undefined;
	const isWatched = hasDeadline || signal !== undefined;
	return `{
f=/tmp/.flue-${id} setsid= late=
bash=$(command -v bash || command -v sh)
${isLong ? `cat >$f.c <<'end of ${id}'\n${command}\nend of ${id}` : ''}
run() {
	${isWatched ? ANNOUNCE_SCRIPT : ''}
	${enter}
	exec $setsid ${setEnvironment}"$bash" ${program}
}
${hasDeadline ? watchdogScript(deadlineSeconds) : ''}
if true >$f.o && true >$f.e; then
	exec 3>>$f.o 4>>$f.e 5<$f.o 6<$f.e
	rm -f $f.o $f.e >/dev/null &
	if command -v setsid >/dev/null; then setsid=setsid; fi
else
	exec 3>&1 4>&1 5</dev/null 6</dev/null
fi
echo '${marker}'
(run) >&3 2>&4 3>&- 4>&- 5<&- 6<&-
code=$?
${hasDeadline ? 'if [ "$late" ]; then wait $watchdog; else kill $watchdog; fi' : ''}
if [ -s /proc/self/fd/5 ]; then head -c ${OUTPUT_LIMIT + 1} <&5; fi
echo '${marker}'
if [ -s /proc/self/fd/6 ]; then head -c ${OUTPUT_LIMIT + 1} <&6; fi
echo '${marker}'
echo $code $late
${isWatched || isLong ? 'rm -f $f.p $f.x $f.c >/dev/null &' : ''}
} </dev/null 2>/dev/null`;
}

/** Says who the command is before it looks whether it is cancelled; its canceller does the reverse, so one sees the other. */
const ANNOUNCE_SCRIPT = `read pid rest </proc/self/stat
	if [ "$setsid" ]; then who="$pid x"; else who="x $$"; fi
	echo "$who" 2>/dev/null >$f.p
	if [ -e $f.x ]; then exit 130; fi`;

function watchdogScript(seconds: number): string {
	return `trap late=late USR1
{
	trap 'kill $!; exit' TERM
	sleep ${seconds.toFixed(3)} & wait $! || { sleep ${Math.ceil(seconds)} & wait $!; } || exit
	kill -USR1 $$
	${KILL_SCRIPT}
} >/dev/null &
watchdog=$!`;
}

function cancelScript(id: string): string {
	return `{
f=/tmp/.flue-${id}
echo >$f.x || exit 1
n=0
until [ -s $f.p ] || [ $n -ge 50 ]; do
	sleep .1 || sleep 1
	n=$((n + 1))
done
if [ -s $f.p ]; then
	${KILL_SCRIPT}
fi
rm -f $f.p $f.x
} </dev/null >/dev/null 2>&1`;
}

/**
 * TERM to the session of the command, 2 s of grace, then KILL, by builtins alone. An image without setsid has no session
 * to go by: there it is the group of the script's shell, but neither that shell nor the watchdog itself.
 */
const KILL_SCRIPT = `send() {
		none=1
		for process in /proc/[0-9]*; do
			read -r stat <$process/stat || continue
			stat=\${stat##*") "}
			case $stat in Z*) continue ;; esac
			stat=\${stat#* * }
			if [ "\${stat%% *}" != "$group" ]; then
				stat=\${stat#* }
				if [ "\${stat%% *}" != "$session" ]; then continue; fi
			fi
			case \${process#/proc/} in $group | $me) continue ;; esac
			kill -$1 \${process#/proc/} && none=0
		done
		return $none
	}
	read me rest </proc/self/stat
	read session group <$f.p || { session=x group=$$; }
	send TERM
	n=0
	while [ $n -lt 80 ] && if [ $n -lt 40 ]; then send 0; else send KILL; fi; do
		if sleep .05; then n=$((n + 1)); else sleep 1 && n=$((n + 20)); fi
	done`;

function quote(word: string): string {
	if (word.includes('\0')) throw new Error(`A command, path or variable cannot hold a NUL: ${JSON.stringify(word)}`);
	return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** What a command does not know it cannot forge: 122 random bits between two characters that are rare in output. */
function newMarker(): string {
	return `\x02${crypto.randomUUID()}\x03`;
}

/** Up to here a file travels in the one request that also checks it; above, apart from its check. */
const SMALL_READ = 1024 * 1024;
const SMALL_WRITE = 256 * 1024;
const READ_CHUNK = 4 * 1024 * 1024;

/** Through the shell and not through Daytona's file calls, which lose links, blanks, quotes and reasons, and answer 404 for all. */
function fileOperations(sandbox: DaytonaSandbox) {
	const run = (operation: string, path: string, script: string, more?: ScriptOptions) =>
		runScript(sandbox, `${operation} ${path}`, script, [path, ...(more?.words ?? [])], more?.input);

	async function readBytes(path: string): Promise<Buffer> {
		const answer = await run('readFile', path, READ_SCRIPT);
		const end = answer.indexOf('\n');
		const size = Number(answer.slice(0, end));
		if (size <= SMALL_READ) return Buffer.from(answer.slice(end), 'base64');
		// A file that holds the boundary of Daytona's multipart answer fails on Node and comes short elsewhere.
		const bytes = await whileAlive(sandbox, 'readFile', sandbox.fs.downloadFile(path)).catch(() => undefined);
		return bytes !== undefined && bytes.length >= size ? bytes : readChunks(path);
	}

	async function readChunks(path: string): Promise<Buffer> {
		const chunks: Buffer[] = [];
		do {
			const words = [String(chunks.length)];
			chunks.push(Buffer.from(await run('readFile', path, READ_CHUNK_SCRIPT, { words }), 'base64'));
		} while (chunks.at(-1)?.length === READ_CHUNK);
		return Buffer.concat(chunks);
	}

	async function writeLarge(path: string, bytes: Buffer): Promise<void> {
		const draft = `/tmp/.flue-${crypto.randomUUID()}`;
		// On serverless hosts the SDK reports success whatever Daytona answers: the size tells.
		const upload = whileAlive(sandbox, 'writeFile', sandbox.fs.uploadFile(bytes, draft));
		const problem = await upload.then(() => 'the upload came incomplete', messageOf);
		const words = [parentOf(path), draft, String(bytes.length), problem];
		await run('writeFile', path, WRITE_UPLOADED_SCRIPT, { words });
	}

	return {
		async readFile(path: string): Promise<string> {
			return (await readBytes(path)).toString('utf8');
		},
		async readFileBuffer(path: string): Promise<Uint8Array> {
			return new Uint8Array(await readBytes(path));
		},
		async writeFile(path: string, content: string | Uint8Array): Promise<void> {
			const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content.buffer, content.byteOffset, content.byteLength);
			if (bytes.length > SMALL_WRITE) return writeLarge(path, bytes);
			await run('writeFile', path, 'mkdir -p -- "$2" && base64 -d >"$1"', { words: [parentOf(path)], input: bytes.toString('base64') });
		},
		async stat(path: string) {
			const answer = await run('stat', path, STAT_SCRIPT);
			const fields = /^(\w+)\n(\w+) (\d+) (-?\d+) [^.\n]*(?:\.(\d{3}))?/.exec(answer) ?? [];
			const [, link, mode = '', size, seconds, milliseconds = 0] = fields;
			const type = Number.parseInt(mode, 16) & 0o170000;
			return {
				isFile: type === 0o100000,
				isDirectory: type === 0o040000,
				isSymbolicLink: link === 'link',
				size: Number(size),
				mtime: new Date(Number(seconds) * 1000 + Number(milliseconds)),
			};
		},
		async readdir(path: string): Promise<string[]> {
			return (await run('readdir', path, READDIR_SCRIPT)).split('\0').slice(0, -1);
		},
		async exists(path: string): Promise<boolean> {
			return (await run('exists', path, EXISTS_SCRIPT)).startsWith('yes');
		},
		async mkdir(path: string, options?: { recursive?: boolean }): Promise<void> {
			await run('mkdir', path, options?.recursive ? 'mkdir -p -- "$1"' : 'mkdir -- "$1"');
		},
		async rm(path: string, options?: { recursive?: boolean; force?: boolean }): Promise<void> {
			await run('rm', path, `rm ${options?.recursive ? '-r' : ''} ${options?.force ? '-f' : ''} -- "$1"`);
		},
	};
}

interface ScriptOptions {
	readonly words?: readonly string[];
	/** Base64: `echo` is a builtin without a limit in every shell, and these characters mean nothing to it. */
	readonly input?: string;
}

/** Runs a POSIX script on words that it never parses; what it prints is the answer, or the reason when it fails. */
async function runScript(sandbox: DaytonaSandbox, operation: string, script: string, words: readonly string[], input?: string): Promise<string> {
	const marker = newMarker();
	const body = `echo '${marker}'\n( ${script}\n) 2>&1\ncode=$?\necho '${marker}'\necho $code`;
	const shell = `sh -c ${quote(body)} sh ${words.map(quote).join(' ')}`;
	const command = input === undefined ? `exec ${shell} </dev/null` : `echo '${input}' | ${shell}`;
	const { result } = await whileAlive(sandbox, operation, sandbox.process.executeCommand(command, undefined, undefined, 0));
	const [, output, code] = result.split(`${marker}\n`);
	if (output === undefined || Number(code) !== 0) throw new Error(`${operation} failed: ${(output ?? result).trim().replace(/^sh: ?(?:line )?\d+: /, '')}`);
	return output;
}

// Not a pipe or a device: reading one may never end.
const READ_SCRIPT = `if [ -e "$1" ] && [ ! -f "$1" ]; then echo "$1 is not a regular file"; exit 1; fi
size=$(wc -c <"$1") || exit 1
echo $size
if [ $size -le ${SMALL_READ} ]; then base64 <"$1"; fi`;

const READ_CHUNK_SCRIPT = `dd if="$1" bs=${READ_CHUNK} skip="$2" count=1 2>/dev/null | base64`;

const WRITE_UPLOADED_SCRIPT = `if [ "$(wc -c <"$3")" -eq "$4" ]; then mkdir -p -- "$2" && cat "$3" >"$1"; else echo "$5"; false; fi
code=$?
rm -f "$3"
exit $code`;

const STAT_SCRIPT = `if [ -L "$1" ]; then echo link; else echo plain; fi
stat -Lc '%f %s %Y %y' -- "$1"`;

const READDIR_SCRIPT = `if ! cd -- "$1" 2>/dev/null || [ ! -r . ]; then ls -- "$1/." >/dev/null; exit 1; fi
for name in * .*; do
	case $name in . | ..) continue ;; esac
	if [ -e "$name" ] || [ -L "$name" ]; then printf '%s\\0' "$name"; fi
done`;

// Only what ls cannot look at is in doubt.
const EXISTS_SCRIPT = `if [ -e "$1" ]; then echo yes; exit; fi
reason=$(LC_ALL=C ls -dL -- "$1" 2>&1)
case $reason in *ermission\\ denied*) echo "$reason"; exit 1 ;; esac
echo no`;

function parentOf(path: string): string {
	return path.slice(0, path.lastIndexOf('/')) || '/';
}

const START = 'Start it with sandbox.start(); a longer autoStopInterval keeps Daytona from stopping it during a pause.';
const REPLACE = 'Create another one, and pass that to daytona().';

/** The states in which no call can succeed, and the way out of each. Starting, stopping and the like pass by themselves. */
const DEAD_STATES: Readonly<Record<string, string>> = {
	stopped: START,
	paused: START,
	archiving: START,
	archived: START,
	error: 'See sandbox.errorReason and sandbox.recover(), or create another one.',
	build_failed: REPLACE,
	destroying: REPLACE,
	destroyed: REPLACE,
};

const PROBE_INTERVAL_MS = 5_000;

const deathWatches = new WeakMap<DaytonaSandbox, ReturnType<typeof createDeathWatch>>();

/** Waits for a call to the sandbox, but no longer than the sandbox lives. What it throws says which operation failed, and why. */
async function whileAlive<T>(sandbox: DaytonaSandbox, operation: string, call: Promise<T>): Promise<T> {
	const watch = deathWatches.get(sandbox) ?? createDeathWatch(sandbox);
	deathWatches.set(sandbox, watch);
	const explained = call.catch(async (error: unknown) => {
		// A stopped sandbox answers 400 and a deleted one 404, just as a bad path does: only its state tells them apart.
		throwIfDead(operation, await stateOf(sandbox));
		if (error instanceof Error && error.name === 'AbortError') throw error;
		throw Object.assign(new Error(`${operation} failed: ${messageOf(error)}`), { cause: error });
	});
	let end: (state: string) => void = () => undefined;
	const death = new Promise<string>((resolve) => (end = resolve)).then((state) => throwIfDead(operation, state));
	watch.add(end);
	try {
		return (await Promise.race([explained, death])) as T;
	} finally {
		watch.delete(end);
	}
}

/** Daytona leaves a call pending when its sandbox dies: one probe for all that are pending, and none without. */
function createDeathWatch(sandbox: DaytonaSandbox) {
	const calls = new Set<(state: string) => void>();
	let timer: ReturnType<typeof setTimeout> | undefined;
	const schedule = () => {
		const own: ReturnType<typeof setTimeout> = setTimeout(async () => {
			const asked = [...calls];
			// No answer is no death: Daytona's API and the sandbox are reached by different ways.
			const state = await stateOf(sandbox);
			if (state !== undefined && state in DEAD_STATES) for (const end of asked) end(state);
			if (timer === own) schedule();
		}, PROBE_INTERVAL_MS);
		timer = own;
	};
	return {
		add(call: (state: string) => void) {
			calls.add(call);
			if (timer === undefined) schedule();
		},
		delete(call: (state: string) => void) {
			calls.delete(call);
			if (calls.size > 0) return;
			clearTimeout(timer);
			timer = undefined;
		},
	};
}

async function stateOf(sandbox: DaytonaSandbox): Promise<string | undefined> {
	try {
		await sandbox.refreshData();
		return sandbox.state;
	} catch (error) {
		return statusOf(error) === 404 ? 'destroyed' : undefined;
	}
}

function throwIfDead(operation: string, state: string | undefined): void {
	const wayOut = state === undefined ? undefined : DEAD_STATES[state];
	if (wayOut !== undefined) throw sandboxDied(operation, `Sandbox ${operation} failed: the sandbox is ${state}. ${wayOut}`);
}

/** The SDK's error classes differ between its versions and copies; their `statusCode` does not. */
function statusOf(error: unknown): number | undefined {
	return (error as { statusCode?: number } | undefined)?.statusCode;
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
