/** Stands in for execa`command`: execa says of a template, as of anything else that is not a name, that it is no name of a program. */
export function isTemplateString(): false {
	return false;
}

export function parseTemplates(): never {
	throw new Error('No template is a command here.');
}
