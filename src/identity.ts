import { OAuth2Client, type Certificates, type TokenPayload } from 'google-auth-library'
import { IdentityRefusedError, OshError } from './errors.js'

export interface IdentityOptions {
  /** What the token has to be made for: its `aud`. */
  audience: string
  /** The accounts that may call. */
  emails: readonly string[]
  /** Where Google's certificates are; Google's own address unless given. */
  certificatesUrl?: string | undefined
}

const issuers = ['https://accounts.google.com', 'accounts.google.com']
const requestMs = 5000
const retryAfterSeconds = 30

/** Knows Google-signed identity tokens of some accounts, such as those that Cloud Scheduler sends. */
export class GoogleIdentity {
  readonly #client: OAuth2Client
  readonly #audience: string
  readonly #emails: ReadonlySet<string>
  #fetching: ReturnType<OAuth2Client['getFederatedSignonCertsAsync']> | undefined

  constructor ({ audience, emails, certificatesUrl }: IdentityOptions) {
    this.#audience = audience
    this.#emails = new Set(emails.map(email => email.toLowerCase()))
    this.#client = new OAuth2Client({
      transporterOptions: { timeout: requestMs },
      ...(certificatesUrl !== undefined && { endpoints: { oauth2FederatedSignonPemCertsUrl: certificatesUrl } }),
    })
  }

  /**
   * Throws an {@link IdentityRefusedError} unless the token is signed by Google, still valid, made for
   * the audience and of one of the accounts, and `OSH_IDENTITY_UNAVAILABLE` where Google's certificates
   * are out of reach.
   */
  async verify (token: string): Promise<void> {
    const certificates = await this.#certificates()
    const payload = await this.#read(token, certificates)
    const isOurs = payload?.email_verified === true && this.#emails.has(payload.email?.toLowerCase() ?? '')
    if (!isOurs) throw new IdentityRefusedError('it is not of one of the accounts in INGEST_OIDC_EMAILS')
  }

  async #read (token: string, certificates: Certificates): Promise<TokenPayload | undefined> {
    try {
      const ticket = await this.#client.verifySignedJwtWithCertsAsync(token, certificates, this.#audience, issuers)
      return ticket.getPayload()
    } catch {
      // The library's messages hold the token, so none is kept.
      throw new IdentityRefusedError('it is not signed by Google, not valid now, or not made for INGEST_OIDC_AUDIENCE')
    }
  }

  /** Kept by the client for as long as Google says; requests at the same time share one fetch. */
  async #certificates (): Promise<Certificates> {
    this.#fetching ??= this.#client.getFederatedSignonCertsAsync().finally(() => { this.#fetching = undefined })
    try {
      return (await this.#fetching).certs
    } catch (error) {
      throw new OshError('OSH_IDENTITY_UNAVAILABLE', 'The certificates that identity tokens are checked with cannot be had now.', { cause: error, retryAfterSeconds })
    }
  }
}
