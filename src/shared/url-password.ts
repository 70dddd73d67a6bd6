/** The password in a URL, `scheme://user:password@`: up to the last @ before the host, since it may have one. The first group is what stands before it. */
export const urlPassword = /\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/"']{0,200}:)(?:[^\s/"']{1,2000}|[^\s@"']{1,300})(?=@)/gi;

/** A text without the passwords in its URLs. */
export const withoutUrlPasswords = (text: string): string => text.replaceAll(urlPassword, (_, before: string) => `${before}***`);
