// oxlint-disable-next-line import/default -- its text
import script from '../../../templates/daytona/live-check.mjs?raw';
import type { LiveCheck, LiveError } from '../connector.ts';

const TITLES = {
	load: 'load the connector and the SDK',
	create: 'create a sandbox',
	open: 'open it with the connector',
	exec: 'run a command',
	streams: 'keep stdout and stderr apart',
	'exit-code': 'tell the exit code',
	deadline: 'end a command at its deadline',
	abort: 'abort a command',
	text: 'write and read a text',
	binary: 'write and read bytes',
	list: 'list a folder',
	stat: 'look at a file',
	exists: 'tell whether a file exists',
	remove: 'remove a folder',
	delete: 'delete the sandbox',
};

const UNREACHABLE = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)\b/;
const CERTIFICATE = /certificate|SELF_SIGNED|UNABLE_TO_VERIFY|CERT_/;

function explainStatus(step: string, { statusCode, message }: LiveError): string | undefined {
	if (statusCode === 401)
		return 'Daytona does not accept the key: see that DAYTONA_API_KEY is whole, not expired, and of the Daytona that DAYTONA_API_URL names.';
	if (/quota|limit exceeded|exceeds|limit reached/i.test(message))
		return 'The quota of the organization is used up: delete sandboxes that nobody needs, or raise it in the dashboard.';
	if (/region|target|no available runner/i.test(message))
		return 'The region cannot take the sandbox: see what DAYTONA_TARGET says, or leave it out.';
	if (/snapshot/i.test(message))
		return 'The snapshot is not there or not active: see its name in the dashboard, or give another one with --snapshot.';
	if (statusCode === 403)
		return 'The key may not do that: give it the permission to write and delete sandboxes in the dashboard.';
	if (statusCode === 429) return 'Daytona throttles: wait a minute, and try again.';
	if (statusCode === 404 && (step === 'create' || step === 'load'))
		return 'There is no Daytona API at this address: DAYTONA_API_URL ends in /api.';
	if (statusCode === 404)
		return 'The daemon in the sandbox does not know this call: a self-hosted Daytona is too old for this SDK. Update it.';
	return statusCode !== undefined && statusCode >= 500
		? 'Daytona has failed: see https://status.app.daytona.io, or the logs of your own.'
		: undefined;
}

function explain(step: string, error: LiveError, isSdkNewer: boolean): string | undefined {
	const text = `${error.code ?? ''} ${error.message}`;
	if (/API key or JWT token is required|apiKey/i.test(text))
		return 'No key reaches the SDK: put DAYTONA_API_KEY into .env or the environment.';
	if (UNREACHABLE.test(text) || (step === 'create' && /no answer within/.test(text)))
		return 'Daytona cannot be reached: see what DAYTONA_API_URL says, and whether a proxy or a firewall is in between.';
	if (CERTIFICATE.test(text))
		return 'The certificate of the server is not trusted: name the one of your organization with NODE_EXTRA_CA_CERTS.';
	if (error.code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX')
		return 'Node.js takes types out and translates nothing: write it without enums, namespaces and parameter properties.';
	if (step === 'load' && error.name === 'SyntaxError')
		return 'The connector takes what the installed @flue/runtime does not have, or is no code: flue check says more.';
	if (error.code === 'ERR_MODULE_NOT_FOUND')
		return 'A package or a file that the connector imports is not there: install the dependencies.';
	const byStatus = explainStatus(step, error);
	if (byStatus !== undefined) return byStatus;
	return isSdkNewer && /is not a function|of undefined|Cannot read/.test(text)
		? 'The SDK is newer than the versions that the connector was tested with: install an older one.'
		: undefined;
}

export const live: LiveCheck = { script, titles: TITLES, explain };
