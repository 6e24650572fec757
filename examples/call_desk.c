/* call_desk: takes emergency calls from call devices over MQTT. `call_desk STORE` opens a store, subscribes to
 * calls/+/raise, keeps every call, and prints the card of whose it is for the operator.
 *
 * A payload is a JSON object, {"device":"HJ-0017","signal":"button","time":"2026-11-25 08:15:02","phone":"..."}, or a
 * bare device number, with a digit in it. When it names neither device nor phone (it is empty, or "pressed"), the level
 * of the topic that + stands for is the device. Other members are left alone. An unknown signal or an unreadable time
 * does not cost the call.
 *
 * The acknowledgement goes to the call's topic with /ack behind it, when the call is on disk and not before:
 * {"accepted":true,"call":17,...} or {"accepted":false,"again":true or false,"reason":"..."}, with the device and time
 * of the payload; "again" asks for the same call once more. MQTT's own acknowledgement only says that the broker has
 * the message, so a gateway repeats a call, with its time, until it has ours. However often it comes, it is one call.
 *
 * Acknowledgements say nothing about a resident. Cards do: the screen they are on is the operator's. */
#include <errno.h>
#include <getopt.h>
#include <healthrec.h>
#include <inttypes.h>
#include <jansson.h>
#include <mosquitto.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAYLOAD_MAX = 8192, DEVICE_SIZE = 65, MESSAGE_SIZE = 513, TOPIC_SIZE = 512, LOOP_MS = 500, LAST_WORDS = 10 };

typedef struct desk {
    hr_store *store;
    struct mosquitto *broker;
    const char *host, *topic, *client, *login, *ca, *passphrase, *path;
    int port;
    bool connected, told, refused; /* told: that there is no connection */
    int unsent;                    /* acknowledgements that the broker does not have yet */
    int64_t newest;                /* the newest call that was printed */
} desk;

static volatile sig_atomic_t stopped;

static void stop(int number) {
    (void)number;
    stopped = 1;
}

/* Whether the user reads Chinese, going by the first of these that is set. */
static bool chinese(void) {
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return strncmp(value, "zh", 2) == 0;
    }
    return false;
}

static const char *tr(const char *en, const char *zh) {
    return chinese() ? zh : en;
}

static void say(const char *text, const char *detail) {
    fprintf(stderr, "call_desk: %s%s%s\n", text, detail ? tr(": ", "：") : "", detail ? detail : "");
}

/* ---- what a device sends ---- */

/* What a payload comes to; the texts live as long as `object` and the message. */
typedef struct call {
    json_t *object;
    const char *device, *phone, *time, *signal, *text;
    char bare[DEVICE_SIZE], level[DEVICE_SIZE], number[32], message[MESSAGE_SIZE];
} call;

/* The level of the topic that the first + of the filter stands for; "" when there is none. */
static void level_of(const char *filter, const char *topic, char out[DEVICE_SIZE]) {
    const char *plus = strchr(filter, '+');
    *out = '\0';
    for (; plus && filter < plus; filter++)
        if (*filter == '/')
            topic = strchr(topic, '/') ? strchr(topic, '/') + 1 : "";
    size_t length = plus ? strcspn(topic, "/") : 0;
    if (length < DEVICE_SIZE)
        snprintf(out, DEVICE_SIZE, "%.*s", (int)length, topic);
}

static const char *member(const call *c, const char *name) {
    const char *text = json_string_value(json_object_get(c->object, name));
    return text && *text ? text : NULL;
}

/* Takes a JSON object apart. False: it is none. */
static bool read_object(call *c, const char *bytes, size_t size) {
    c->object = json_loadb(bytes, size, 0, NULL);
    if (!json_is_object(c->object))
        return false;
    const json_t *device = json_object_get(c->object, "device");
    c->device = member(c, "device");
    c->phone = member(c, "phone");
    c->time = member(c, "time");
    c->signal = member(c, "signal");
    c->text = member(c, "message");
    if (json_is_integer(device)) {
        snprintf(c->number, sizeof c->number, "%" JSON_INTEGER_FORMAT, json_integer_value(device));
        c->device = c->number;
    }
    return true;
}

static bool is_blank(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* Takes a bare text: a device's number, or a word. False: it is neither. */
static bool read_bare(call *c, const char *bytes, size_t size) {
    bool digit = false, wrong = size >= sizeof c->bare;
    for (size_t i = 0; i < size && !wrong; i++) {
        digit = digit || (bytes[i] >= '0' && bytes[i] <= '9');
        wrong = (unsigned char)bytes[i] < ' ' || strchr("[]{}\"<>=", bytes[i]);
    }
    if (wrong)
        return false;
    memcpy(c->bare, bytes, size);
    if (digit && size > 2)
        c->device = c->bare;
    else
        c->text = c->bare;
    return true;
}

/* NULL, or why the payload cannot be a call. */
static const char *read_payload(call *c, const char *filter, const char *topic, const char *bytes, size_t size) {
    for (; size && is_blank(*bytes); size--)
        bytes++;
    while (size && is_blank(bytes[size - 1]))
        size--;
    if (size > PAYLOAD_MAX)
        return tr("the payload is too long", "载荷过长");
    bool object = size && *bytes == '{';
    if (object && !read_object(c, bytes, size))
        return tr("the payload is no whole JSON object", "载荷不是完整的 JSON 对象");
    if (!object && !read_bare(c, bytes, size))
        return tr("the payload is neither a JSON object nor a device number", "载荷既不是 JSON 对象，也不是呼叫器编号");
    level_of(filter, topic, c->level);
    if (!c->device && !c->phone && *c->level)
        c->device = c->level;
    return c->device || c->phone ? NULL : tr("neither device nor phone is given", "未给出呼叫器编号或来电号码");
}

/* ---- keeping it ---- */

static bool known_signal(const char *signal) {
    static const char *const signals[] = {"button", "fall", "smoke", "inactivity", "phone", "test", "other"};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (strcmp(signal, signals[i]) == 0)
            return true;
    return false;
}

/* The message, with what the call's own fields do not take before it, cut at a character's end. */
static void make_message(call *c, bool odd_signal, bool odd_time) {
    const char *const parts[] = {odd_signal ? c->signal : "", odd_time ? c->time : "", c->text ? c->text : ""};
    size_t used = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        for (const char *at = parts[i]; *at;) {
            size_t length = 1;
            while (((unsigned char)at[length] & 0xC0) == 0x80)
                length++;
            bool first = at == parts[i] && used > 0;
            if (used + first + length >= sizeof c->message)
                return;
            if (first)
                c->message[used++] = ' ';
            memcpy(c->message + used, at, length);
            used += length;
            at += length;
        }
}

static hr_status raise_with(desk *d, call *c, bool with_time, int64_t *number, char **card) {
    hr_call_options options;
    bool odd = c->signal && !known_signal(c->signal);
    hr_call_options_init(&options);
    memset(c->message, 0, sizeof c->message);
    make_message(c, odd, c->time && !with_time);
    options.device = c->device;
    options.phone = c->phone;
    options.time = with_time ? c->time : NULL;
    options.signal = odd ? "other" : c->signal;
    options.message = c->message;
    return hr_call_raise(d->store, &options, number, card);
}

static hr_status keep(desk *d, call *c, int64_t *number, char **card) {
    hr_status status = raise_with(d, c, true, number, card);
    if (status == HR_INVALID && c->time)
        status = raise_with(d, c, false, number, card);
    return status;
}

/* ---- answering the device ---- */

static void acknowledge(desk *d, const char *topic, const call *c, int64_t number, bool again, const char *reason) {
    char to[TOPIC_SIZE];
    json_t *ack = json_object();
    json_object_set_new(ack, "accepted", json_boolean(number != 0));
    if (number)
        json_object_set_new(ack, "call", json_integer(number));
    else
        json_object_set_new(ack, "again", json_boolean(again));
    if (reason)
        json_object_set_new(ack, "reason", json_string(reason));
    if (c->device)
        json_object_set_new(ack, "device", json_string(c->device));
    if (c->time)
        json_object_set_new(ack, "time", json_string(c->time));
    char *text = json_dumps(ack, JSON_COMPACT);
    int code = text && snprintf(to, sizeof to, "%s/ack", topic) < (int)sizeof to
                   ? mosquitto_publish(d->broker, NULL, to, (int)strlen(text), text, 1, false)
                   : MOSQ_ERR_NOMEM;
    if (code == MOSQ_ERR_SUCCESS || code == MOSQ_ERR_NO_CONN) /* without a connection it is sent when there is one */
        d->unsent++;
    else
        say(tr("the acknowledgement could not be sent", "确认未能发出"), mosquitto_strerror(code));
    free(text);
    json_decref(ack);
}

/* ---- showing the card ---- */

static const char *text_in(const json_t *object, const char *name) {
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static void print_lines(const json_t *of) {
    size_t i;
    json_t *line;
    json_array_foreach(json_object_get(of, "lines"), i, line) {
        const char *date = text_in(line, "date");
        printf("  %s%s%s", text_in(line, "label"), tr(": ", "："), text_in(line, "text"));
        printf(*date ? tr(" (%s)\n", "（%s）\n") : "\n", date);
    }
}

static void print_card(const char *text) {
    size_t i;
    json_t *resident, *card = json_loads(text, 0, NULL);
    const char *problem = text_in(card, "problem");
    printf(tr("\nEMERGENCY CALL %" PRId64 "\n", "\n救助呼叫 %" PRId64 "\n"),
           (int64_t)json_integer_value(json_object_get(card, "call")));
    print_lines(card);
    if (*problem)
        printf("  ! %s\n", problem);
    else if (!json_is_true(json_object_get(card, "known")))
        printf("  ! %s\n", tr("nobody known has this device or phone", "没有居民登记该呼叫器或电话"));
    json_array_foreach(json_object_get(card, "residents"), i, resident) {
        puts("  --");
        print_lines(resident);
    }
    json_decref(card);
}

/* ---- a message ---- */

static void handle(desk *d, const char *topic, const struct mosquitto_message *m) {
    call c = {.object = NULL};
    int64_t number = 0;
    char *card = NULL;
    hr_status status = HR_INVALID;
    const char *wrong =
        read_payload(&c, d->topic, topic, m->payload ? m->payload : "", m->payload ? (size_t)m->payloadlen : 0);
    if (!wrong && m->retain && !c.time) /* the broker would give it again at every start */
        wrong = tr("the message is retained and has no time; send calls unretained",
                   "保留消息且无时间；请勿以保留方式发送呼叫");
    if (!wrong)
        status = keep(d, &c, &number, &card);
    if (status != HR_OK && !wrong)
        wrong = hr_error(d->store);
    if (status != HR_OK) {
        fprintf(stderr, tr("call_desk: rejected what came on %s: %s\n", "call_desk：%s 上的消息未被接受：%s\n"), topic,
                wrong);
    } else if (number <= d->newest) {
        printf(tr("\ncall %" PRId64 " came once more\n", "\n呼叫 %" PRId64 " 重复送达\n"), number);
    } else {
        print_card(card);
        d->newest = number;
    }
    fflush(stdout);
    acknowledge(d, topic, &c, number, status != HR_INVALID, status == HR_OK ? NULL : wrong);
    hr_free(card);
    json_decref(c.object);
}

static void on_message(struct mosquitto *broker, void *context, const struct mosquitto_message *m) {
    size_t length = strlen(m->topic);
    (void)broker;
    if (length < 4 || strcmp(m->topic + length - 4, "/ack") != 0) /* not our own, should the filter be a wide one */
        handle(context, m->topic, m);
}

static void on_connect(struct mosquitto *broker, void *context, int code) {
    desk *d = context;
    if (code) {
        say(tr("the broker refuses the connection", "消息服务器拒绝连接"), mosquitto_connack_string(code));
        d->refused = code != 3; /* 3: it is not ready yet */
        return;
    }
    d->connected = true;
    d->told = false;
    mosquitto_subscribe(broker, NULL, d->topic, 1);
}

static void on_subscribe(struct mosquitto *broker, void *context, int id, int count, const int *granted) {
    desk *d = context;
    (void)broker;
    (void)id;
    d->refused = count < 1 || granted[0] > 2;
    if (d->refused)
        say(tr("the broker does not allow to subscribe to", "消息服务器不允许订阅"), d->topic);
    else
        printf(tr("waiting for calls on %s at %s:%d\n", "正在等候呼叫：主题 %s，服务器 %s:%d\n"), d->topic, d->host,
               d->port);
    fflush(stdout);
}

static void on_publish(struct mosquitto *broker, void *context, int id) {
    desk *d = context;
    (void)broker;
    (void)id;
    d->unsent--;
}

static void on_disconnect(struct mosquitto *broker, void *context, int code) {
    desk *d = context;
    (void)broker;
    (void)code;
    d->connected = false;
}

/* ---- serving ---- */

static void wait_a_moment(void) {
    struct timespec second = {.tv_sec = 1};
    nanosleep(&second, NULL); /* a signal ends it early */
}

/* Until a signal, over any number of broken connections. */
static void serve(desk *d) {
    int code = mosquitto_connect(d->broker, d->host, d->port, 30);
    while (!stopped && !d->refused) {
        if (code == MOSQ_ERR_SUCCESS)
            code = mosquitto_loop(d->broker, LOOP_MS, 1);
        if (code == MOSQ_ERR_SUCCESS || stopped)
            continue;
        if (!d->told)
            say(tr("no connection to the broker; trying on", "与消息服务器没有连接；继续尝试"),
                code == MOSQ_ERR_ERRNO ? strerror(errno) : mosquitto_strerror(code));
        d->told = true;
        wait_a_moment();
        code = mosquitto_reconnect(d->broker);
    }
    for (int i = 0; i < LAST_WORDS && d->connected && d->unsent > 0; i++)
        mosquitto_loop(d->broker, LOOP_MS, 1);
    if (mosquitto_disconnect(d->broker) == MOSQ_ERR_SUCCESS)
        mosquitto_loop(d->broker, LOOP_MS, 1);
}

/* The first two lines of a file, without their ends; `second` may be NULL. */
static bool read_lines(const char *path, char *first, char *second, int size) {
    FILE *file = fopen(path, "r");
    bool good = file && fgets(first, size, file) && (!second || fgets(second, size, file));
    if (!good)
        say(tr("cannot read", "无法读取"), path);
    if (file)
        fclose(file);
    if (!good)
        return false;
    first[strcspn(first, "\r\n")] = '\0';
    if (second)
        second[strcspn(second, "\r\n")] = '\0';
    return true;
}

static bool prepare_broker(desk *d) {
    char user[256] = "", password[256] = "";
    mosquitto_lib_init();
    d->broker = mosquitto_new(d->client, false, d); /* the broker keeps what comes while we are away */
    if (!d->broker || (d->login && !read_lines(d->login, user, password, sizeof user)))
        return false;
    int code = d->login ? mosquitto_username_pw_set(d->broker, user, password) : MOSQ_ERR_SUCCESS;
    if (code == MOSQ_ERR_SUCCESS && d->ca)
        code = mosquitto_tls_set(d->broker, d->ca, NULL, NULL, NULL, NULL);
    if (code != MOSQ_ERR_SUCCESS)
        say(tr("the broker's settings are wrong", "消息服务器设置有误"), mosquitto_strerror(code));
    mosquitto_connect_callback_set(d->broker, on_connect);
    mosquitto_disconnect_callback_set(d->broker, on_disconnect);
    mosquitto_subscribe_callback_set(d->broker, on_subscribe);
    mosquitto_publish_callback_set(d->broker, on_publish);
    mosquitto_message_callback_set(d->broker, on_message);
    return code == MOSQ_ERR_SUCCESS;
}

static bool open_store(desk *d) {
    char passphrase[1100] = "";
    hr_open_options options;
    if (!read_lines(d->passphrase, passphrase, NULL, sizeof passphrase))
        return false;
    hr_open_options_init(&options);
    options.passphrase = passphrase;
    hr_status status = hr_store_new(&d->store, chinese() ? HR_LANGUAGE_ZH : HR_LANGUAGE_EN);
    if (status == HR_OK)
        status = hr_store_open(d->store, d->path, &options);
    explicit_bzero(passphrase, sizeof passphrase);
    if (status != HR_OK)
        say(hr_error(d->store), NULL);
    return status == HR_OK;
}

/* ---- start ---- */

static int usage(void) {
    fputs(tr("usage: call_desk [OPTION VALUE]... STORE\n"
             "  --host NAME             of the broker (localhost)\n"
             "  --port NUMBER           (1883)\n"
             "  --topic FILTER          what to subscribe to (calls/+/raise); the level of + may be the device\n"
             "  --client-id NAME        one for each desk (healthrec-call-desk)\n"
             "  --login-file FILE       the broker's user and password, a line each\n"
             "  --ca-file FILE          speak TLS and trust these certificates\n"
             "  --passphrase-file FILE  the store's (HEALTHREC_PASSPHRASE_FILE)\n",
             "用法：call_desk [选项 值]… 库文件夹\n"
             "  --host 名称             消息服务器（localhost）\n"
             "  --port 端口             （1883）\n"
             "  --topic 过滤器          订阅的主题（calls/+/raise）；+ 所代表的一级可为呼叫器编号\n"
             "  --client-id 名称        每个值守台各用一个（healthrec-call-desk）\n"
             "  --login-file 文件       消息服务器的用户名和口令，各占一行\n"
             "  --ca-file 文件          使用 TLS，并信任其中的证书\n"
             "  --passphrase-file 文件  库的口令（HEALTHREC_PASSPHRASE_FILE）\n"),
          stderr);
    return 2;
}

static bool read_arguments(desk *d, int argc, char **argv) {
    static const struct option options[] = {
        {"host", 1, NULL, 'h'},
        {"port", 1, NULL, 'p'},
        {"topic", 1, NULL, 't'},
        {"client-id", 1, NULL, 'i'},
        {"login-file", 1, NULL, 'l'},
        {"ca-file", 1, NULL, 'c'},
        {"passphrase-file", 1, NULL, 'f'},
        {NULL, 0, NULL, 0},
    };
    const char **const values[128] = {['h'] = &d->host,  ['t'] = &d->topic, ['i'] = &d->client,
                                      ['l'] = &d->login, ['c'] = &d->ca,    ['f'] = &d->passphrase};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == '?')
            return false;
        if (option == 'p')
            d->port = (int)strtol(optarg, NULL, 10);
        else
            *values[option] = optarg;
    }
    d->path = optind == argc - 1 ? argv[optind] : NULL;
    return d->path && d->passphrase && d->port > 0 && d->port < 65536 &&
           mosquitto_sub_topic_check(d->topic) == MOSQ_ERR_SUCCESS;
}

int main(int argc, char **argv) {
    desk d = {.host = "localhost", .port = 1883, .topic = "calls/+/raise", .client = "healthrec-call-desk"};
    struct sigaction on_stop = {.sa_handler = stop};
    d.passphrase = getenv("HEALTHREC_PASSPHRASE_FILE");
    if (!read_arguments(&d, argc, argv))
        return usage();
    sigaction(SIGINT, &on_stop, NULL);
    sigaction(SIGTERM, &on_stop, NULL);
    bool good = open_store(&d) && prepare_broker(&d);
    if (good)
        serve(&d);
    mosquitto_destroy(d.broker);
    mosquitto_lib_cleanup();
    hr_store_free(d.store);
    if (good && !d.refused)
        say(tr("ended", "已结束"), NULL);
    return !good || d.refused;
}
