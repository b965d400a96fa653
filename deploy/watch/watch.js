// Joins the room as a viewer, shows the encoder's picture and says how it arrives.
const { Room, RoomEvent, Track, VideoQuality } = window.LivekitClient;

const STATE_TEXT = {
  connecting: 'Connecting',
  lost: 'Connection to the room lost',
  inactive: 'Waiting for an encoder',
  buffering: 'Encoder connected',
  publishing: 'On air',
  error: 'Stream failed',
  complete: 'Ended',
};
const POLL_MS = 1000;
const AVERAGED_LOOKS = 5;  // a stall of a second and what is caught up after it are no rate

const ROUTE_TEXT = {
  'pass-through': 'The picture goes out as the encoder sent it',
  hybrid: 'The highest quality goes out as the encoder sent it; lower ones are encoded',
  bridge: 'For a moment the highest quality is encoded, up to the next key frame of the encoder',
  ladder: 'All qualities are encoded',
  idle: 'Nobody watches, so nothing is decoded or encoded',
};

const element = (id) => document.getElementById(id);
const getJson = async (path) => {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: status ${answer.status}`);
  return answer.json();
};

/** Shows a command that breaks between its words alone: neither behind a hyphen nor in an address. */
const showCommand = (place, command) => {
  place.replaceChildren(...command.split(' ').flatMap((text, index) => {
    const word = document.createElement('span');
    word.textContent = text;
    return index ? [' ', word] : [word];
  }));
};

/** Shows one text wherever a screen reader hears it, without a place on the page. */
const announce = (text) => { element('said').textContent = text; };

const showState = (state) => {
  if (element('state').dataset.state === state) return;
  element('state').dataset.state = state;
  element('state-text').textContent = STATE_TEXT[state] ?? state;
};

const showError = (text) => {
  element('error').hidden = !text;
  element('error').textContent = text;
};

/** The encoder's tracks: what is attached, in which quality, how loud. */
class Player {
  #video = element('picture');
  #publication = null;
  #soundOn = false;

  constructor() {
    // livekit-client unmutes when it attaches audio, and once more when the page is clicked after the
    // browser refused to play: the button alone decides.
    this.#video.addEventListener('volumechange', () => this.#applySound());
  }

  #applySound() {
    if (this.#video.muted === this.#soundOn) this.#video.muted = !this.#soundOn;
  }

  attach(track, publication) {
    track.attach(this.#video);
    this.#applySound();
    if (track.kind === Track.Kind.Audio) {
      element('sound').disabled = false;
      return;
    }
    this.#publication = publication;
    element('quality').disabled = !publication.simulcasted;
    element('fullscreen').disabled = false;
    this.selectQuality();
    element('empty').hidden = true;
  }

  detach(track) {
    track.detach(this.#video);
    if (track.kind === Track.Kind.Audio) {
      element('sound').disabled = true;
      return;
    }
    this.#publication = null;
    element('quality').disabled = true;
    element('fullscreen').disabled = true;
    element('empty').hidden = false;
  }

  get videoTrack() { return this.#publication?.track ?? null; }

  selectQuality() {
    const chosen = document.querySelector('input[name=quality]:checked').value;
    if (this.#publication?.simulcasted) this.#publication.setVideoQuality(VideoQuality[chosen]);
  }

  toggleSound() {
    this.#soundOn = !this.#soundOn;
    this.#applySound();
    element('sound').textContent = this.#soundOn ? 'Mute' : 'Unmute';
    element('sound').setAttribute('aria-pressed', String(this.#soundOn));
  }

  fullscreen() { this.#video.requestFullscreen?.(); }
}

/** Turns WebRTC's counters into rates over the last looks. */
class Meter {
  #looks = [];

  async show(track) {
    const inbound = track && await this.#inbound(track);
    if (this.#looks.at(-1)?.id !== inbound?.id) this.#looks = [];
    const rates = inbound && this.#rates(inbound);
    const codec = inbound?.codec;
    element('size').textContent = inbound?.frameWidth ? `${inbound.frameWidth} × ${inbound.frameHeight}` : '–';
    element('fps').textContent = rates ? rates.fps.toFixed(0) : '–';
    element('bitrate').textContent = rates ? `${(rates.bits / 1e6).toFixed(2)} Mb/s` : '–';
    element('delay').textContent = rates?.delay >= 0 ? `${rates.delay.toFixed(0)} ms` : '–';
    element('codec').textContent = codec ? codec.mimeType.replace('video/', '') : '–';
    if (inbound) this.#looks = [...this.#looks, inbound].slice(-AVERAGED_LOOKS);
  }

  async #inbound(track) {
    const report = await track.getRTCStatsReport();
    const found = [...(report?.values() ?? [])].find((s) => s.type === 'inbound-rtp' && s.kind === 'video');
    return found && { ...found, codec: report.get(found.codecId) };
  }

  #rates(now) {
    const [then] = this.#looks;
    if (!then) return null;
    const seconds = (now.timestamp - then.timestamp) / 1000;
    const shown = now.jitterBufferEmittedCount - then.jitterBufferEmittedCount;
    return {
      fps: (now.framesDecoded - then.framesDecoded) / seconds,
      bits: (now.bytesReceived - then.bytesReceived) * 8 / seconds,
      delay: shown > 0 ? (now.jitterBufferDelay - then.jitterBufferDelay) / shown * 1000 : -1,
    };
  }
}

const describeInput = ({ video, audio }) => {
  const picture = video && `${video.codec} ${video.width}×${video.height}`;
  const sound = audio && `${audio.codec} ${audio.sampleRate / 1000} kHz`;
  return [picture, sound].filter(Boolean).join(' · ') || '–';
};

/** What happens to the picture inside the ingress, and why. */
const describeRoute = ({ route, routeReason }) => {
  const text = ROUTE_TEXT[route];
  if (!text) return '';
  return `${text}${routeReason ? ` (${routeReason})` : ''}. Route: ${route}.`;
};

/** How the packets of a WHIP client arrive; empty for other encoders. */
const describeReception = ({ reception, transport }) => {
  if (!reception?.protocol) return '';
  const { protocol, packets, lost, repaired, jitterMs, repairMs, roundTripMs, feedback } = reception;
  const share = packets ? (100 * lost) / (packets + lost) : 0;
  return [
    `WHIP over ${protocol.toUpperCase()}: ${share.toFixed(2)} % of the packets lost, ${repaired} repaired`,
    repairMs !== null && `in ${repairMs.toFixed(0)} ms`,
    `· jitter ${jitterMs.toFixed(1)} ms`,
    roundTripMs !== null && `· round trip ${roundTripMs.toFixed(0)} ms`,
    `· sent ${feedback.nack} NACK, ${feedback.keyFrameRequests} PLI, ${feedback.transportCc} TWCC, ${feedback.remb} REMB.`,
    transport && `From ${transport.remote}, ${transport.dtls}.`,
  ].filter(Boolean).join(' ');
};

const showLine = (id, text) => {
  element(id).hidden = !text;
  element(id).textContent = text;
};

/** Asks for the ingress's state, once a second, for as long as the page lives. */
const followIngress = async (room) => {
  try {
    const ingress = await getJson('api/ingress');
    showState(room.state === 'disconnected' ? 'lost' : ingress.status);
    showError(ingress.error);  // of a stream that failed, or the warnings of one that goes on
    element('input').textContent = ingress.status === 'publishing' ? describeInput(ingress) : '–';
    const live = ingress.status === 'publishing';
    showLine('route', live ? describeRoute(ingress) : '');
    showLine('reception', live ? describeReception(ingress) : '');
  } catch (error) {
    showState('lost');
    showError(`The server behind this page does not answer (${error.message}). Is script/server still running?`);
  }
};

/** Browsers keep their clipboard from pages that came from another machine without TLS. */
const copyText = async (from) => {
  if (navigator.clipboard) return navigator.clipboard.writeText(from.textContent);
  window.getSelection().selectAllChildren(from);
  return document.execCommand('copy');
};

const wireControls = (player) => {
  element('sound').addEventListener('click', () => player.toggleSound());
  element('fullscreen').addEventListener('click', () => player.fullscreen());
  element('quality').addEventListener('change', () => player.selectQuality());
  for (const button of document.querySelectorAll('[data-copy]')) {
    button.addEventListener('click', async () => {
      await copyText(element(button.dataset.copy));
      announce('Copied');
      button.firstChild.textContent = 'Copied';
      setTimeout(() => { button.firstChild.textContent = 'Copy'; }, 1500);
    });
  }
};

const main = async () => {
  const session = await getJson('api/session');
  element('room').textContent = session.room;
  element('rtmp-url').textContent = session.rtmpUrl;
  element('here-alone').hidden = new URL(session.rtmpUrl).hostname !== '127.0.0.1';
  element('stream-key').textContent = session.streamKey;
  showCommand(element('ffmpeg'), session.ffmpeg);

  const player = new Player();
  const meter = new Meter();
  wireControls(player);
  const room = new Room();
  room.on(RoomEvent.TrackSubscribed, (track, publication) => player.attach(track, publication));
  room.on(RoomEvent.TrackUnsubscribed, (track) => player.detach(track));
  room.on(RoomEvent.Disconnected, () => showState('lost'));
  await room.connect(session.url, session.token);

  const look = async () => {
    await followIngress(room);
    await meter.show(player.videoTrack);
    setTimeout(look, POLL_MS);
  };
  look();
};

main().catch((error) => {
  showState('lost');
  showError(`Could not join the room: ${error.message}`);
});
